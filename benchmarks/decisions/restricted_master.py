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
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.domain.pricing import PricingProblem
from qkdopt.optimize.problem_file import read_problem
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.solvers.decomposition.bound import best_bound
from qkdopt.optimize.solvers.decomposition.decompose import compile_kernels
from qkdopt.optimize.solvers.decomposition.filling import filled
from qkdopt.optimize.solvers.decomposition.master import Master
from qkdopt.optimize.solvers.decomposition.shares import Shares
from qkdopt.optimize.solvers.decomposition.tree import Tree

NODES = 16


def main() -> None:
    """Branch, round and fill; then let HiGHS choose among the same columns."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=20.0)
    seconds = parser.parse_args().seconds
    week = read_problem(problem_folder("micius-china-2016") / "problem.json.gz")
    compile_kernels()
    for kl_max in ("0.1", "0.01", "0.001"):
        shares = Shares.create(week, qo.TargetedDelivery(kl_max))
        blocks = Blocks.create(shares.delivery)
        root = best_bound(shares, PricingProblem(blocks))
        search, random = Tree(root.master, root.prices, root.value + 1.0), np.random.default_rng(0)
        began, best = time.process_time(), 0
        while search.expanded < NODES and search.bound >= best + 1:
            node = search.expand(float(best))
            if node.mix is not None:
                best = max(best, allowed_total(shares, search.rounded(node), random))
        branched = time.process_time() - began
        began = time.process_time()
        chosen = allowed_total(shares, whole_columns(root.master, seconds), random)
        print(
            f"{kl_max}: rounding and filling {best:,} in {branched:.1f} s, of {search.expanded} "
            f"nodes; then the MILP, filled, {chosen:,} in {time.process_time() - began:.1f} s",
            flush=True,
        )


def allowed_total(shares: Shares, service: np.ndarray, random: np.random.Generator) -> int:
    """Return the total of a schedule filled up, 0 when its shares do not match."""
    delivered = shares.delivered(Schedule(filled(shares, service, random)))
    return int(delivered.sum()) if shares.allows(delivered) else 0


def whole_columns(master: Master, seconds: float) -> np.ndarray:
    """Return the schedule that HiGHS puts together of one column for each block.

    Gradient cuts are added at its shares until they match, or time is up.
    """
    solver, first, shares = master._solver, master._first, master.shares
    master.forbid(np.zeros(len(master.service), bool))
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
        if shares.divergence(delivered) <= float(shares.kl_max) or time.monotonic() > ends:
            return np.concatenate([master.service[j] for j in chosen])
        master.add_cut(delivered)


if __name__ == "__main__":
    main()
