"""The graph of one satellite's schedules under every operation, with exact potentials.

Above the fast dynamic programme of plain problems (:mod:`qkdopt.optimize.domain.longest_path`):
minimum dwell, caps, locks and pair-dependent switching; and what comes out of forward and
backward potentials: regrets, the k best schedules, all optimal ones.
"""
