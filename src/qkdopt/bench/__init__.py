"""Benchmarks: instances x solvers x strategies x seeds, one process for each solve.

A *plan* says what is run, a *job* is one solve, a *record* is its result: one line of JSON,
written once and whole. A *report* is made of records alone: tables and pictures.
"""
