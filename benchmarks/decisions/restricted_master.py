"""Verdict: not used. A restricted-master MILP takes longer than completion and ends lower.

S-TD on the Micius week: after some nodes of branching, one column of each block is chosen by
HiGHS, with gradient cuts for the KL mismatch, for a while; the result is completed. It is compared
with rounding and completion alone in the same nodes, which take a few seconds.

    python benchmarks/decisions/restricted_master.py [--seconds 20]
"""

from __future__ import annotations

import argparse
import time

import highspy
import numpy as np

import qkdopt as qo
from qkdopt.library import problem_folder
from qkdopt.optimize.decomposition.branch_and_bound import BranchAndBound
from qkdopt.optimize.decomposition.column_generation import LagrangianBound, lagrangian_bound
from qkdopt.optimize.decomposition.completion import complete_schedule
from qkdopt.optimize.decomposition.warm_up import warm_up
from qkdopt.optimize.objectives.targeted import TargetedObjective
from qkdopt.optimize.problem_file import read_problem
from qkdopt.optimize.schedule import Schedule

NODES = 16


def main() -> None:
    """Branch, round and fill; then let HiGHS choose among the same columns."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=20.0)
    seconds = parser.parse_args().seconds
    week = read_problem(problem_folder("micius-china-2016") / "problem.json.gz")
    warm_up("td")
    for kl_max in ("0.1", "0.01", "0.001"):
        objective = TargetedObjective.create(week, qo.TargetedDelivery(kl_max))
        root = lagrangian_bound(objective)
        value = float(root.value) + 1.0
        search = BranchAndBound(root.master, root.pricing, root.multipliers, value, root.scale)
        random, began, best = np.random.default_rng(0), time.process_time(), 0
        while search.expanded < NODES and search.bound >= best + 1:
            node = search.expand(float(best))
            if node.lp_solution is not None:
                rounded = root.master.rounded(node.lp_solution)
                best = max(best, allowed_total(objective, rounded, random))
        branched = time.process_time() - began
        began = time.process_time()
        chosen = allowed_total(objective, whole_columns(root, seconds), random)
        print(
            f"{kl_max}: rounding and filling {best:,} in {branched:.1f} s, of {search.expanded} "
            f"nodes; then the MILP, filled, {chosen:,} in {time.process_time() - began:.1f} s",
            flush=True,
        )


def allowed_total(
    objective: TargetedObjective, service: np.ndarray, random: np.random.Generator
) -> int:
    """Return the total of a schedule filled up, 0 when its shares do not match."""
    delivered = objective.delivered(Schedule(complete_schedule(objective, service, random)))
    return int(delivered.sum()) if objective.allows(delivered) else 0


def whole_columns(root: LagrangianBound, seconds: float) -> np.ndarray:
    """Return the schedule that HiGHS puts together of one column for each block.

    Gradient cuts are added at its shares until they match, or time is up.
    """
    master, objective = root.master, root.multipliers.objective
    assert isinstance(objective, TargetedObjective)
    solver, first = master._solver, master._first
    master.restrict(())
    numbers = np.arange(first, first + len(master.service), dtype=np.int32)
    kinds = np.full(numbers.size, highspy.HighsVarType.kInteger)
    solver.changeColsIntegrality(numbers.size, numbers, kinds)
    solver.setOptionValue("mip_rel_gap", 0.0)
    ends = time.monotonic() + seconds
    while True:
        solver.setOptionValue("time_limit", solver.getRunTime() + max(1.0, ends - time.monotonic()))
        solver.run()
        value = np.array(solver.getSolution().col_value)[first:]
        chosen = [max(own, key=value.__getitem__) for own in master.columns]
        delivered = np.sum([master.delivered[j] for j in chosen], axis=0)
        near = objective.shares.divergence(delivered) <= float(objective.kl_max)
        if near or time.monotonic() > ends:
            return np.concatenate([master.service[j] for j in chosen])
        for row, limit in objective.cuts(delivered, root.multipliers.vector, master.unit):
            columns = np.flatnonzero(row).astype(np.int32)
            solver.addRow(-np.inf, limit, columns.size, columns, row[columns])


if __name__ == "__main__":
    main()
