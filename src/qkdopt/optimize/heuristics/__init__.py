"""Searches that prove nothing by themselves: greedy, and populations of schedules."""
