"""Solvers of contact problems, and their certificates."""

import time

from qkdopt.certificates import Certificate, Ended, Outcome, ended_by
from qkdopt.contact.decompose import BranchAndBoundResult, Node, decompose_contacts
from qkdopt.contact.problem import ContactProblem
from qkdopt.contact.problem_file import CERTIFICATE_FORMAT
from qkdopt.contact.schedule import ContactSchedule
from qkdopt.deadline import Deadline, DeadlinePassedError, interruptible
from qkdopt.effort import check_effort
from qkdopt.errors import InputError
from qkdopt.mip.exchange import Progress
from qkdopt.mip.solvers import check_mip_solver
from qkdopt.versions import version

SOLVERS = ("decomposition", "milp")
FORMULATIONS = ("cliques", "big_m")


def solve_contacts(
    problem: ContactProblem,
    *,
    solver: str | None = None,
    formulation: str | None = None,
    time_limit: float | None = None,
    seed: int = 0,
    threads: int = 1,
    progress: Progress | None = None,
) -> Outcome:
    """Return the best schedule of contacts that a solver finds, with its certificate.

    ``decomposition`` (the default) is a branch and bound that proves the optimum, or a bound
    when it is stopped; ``milp`` hands a formulation, ``cliques`` or ``big_m``, to HiGHS and
    certifies the Lagrangian bound of the root.

    Raises
    ------
    InputError
        For a solver or formulation that contacts do not have, and a bad time limit.
    """
    name = solver or "decomposition"
    if name not in SOLVERS:
        raise InputError("solver", name, f"{' or '.join(SOLVERS)} for contacts")
    if formulation is not None and name != "milp":
        raise InputError("formulation", formulation, f"none with solver {name}")
    if formulation not in (None, *FORMULATIONS):
        raise InputError("formulation", formulation, f"{' or '.join(FORMULATIONS)} for contacts")
    if time_limit is not None and not (isinstance(time_limit, int | float) and time_limit > 0):
        raise InputError("time_limit", time_limit, "a number of seconds > 0")
    check_effort(threads=threads, seed=seed)
    if name == "milp":
        with interruptible():
            return _milp(problem, formulation or "cliques", time_limit, seed, threads, progress)
    with interruptible():
        found = decompose_contacts(problem, Deadline(time_limit), progress)
    made_by = {
        "nodes": found.nodes,
        "time_limit": str(time_limit),
        "highs": check_mip_solver("highs"),
    }
    return _certified(problem, name, found, found.schedule, made_by, found.seconds)


def _milp(
    problem: ContactProblem,
    formulation: str,
    time_limit: float | None,
    seed: int,
    threads: int,
    progress: Progress | None,
) -> Outcome:
    from qkdopt.contact.milp import solve_by_milp

    deadline = Deadline(time_limit)
    try:
        found = solve_by_milp(problem, formulation, deadline, seed, threads, progress)
    except (DeadlinePassedError, KeyboardInterrupt) as stopped:
        ended = ended_by(stopped, deadline)
        seconds = {"build": deadline.elapsed()}
        return Outcome(ended, None, None, None, seconds, "stopped before HiGHS started")
    if found.schedule is None:
        reason = f"HiGHS ended with {found.message} and no schedule"
        return Outcome(found.ended, None, None, None, found.seconds, reason)
    began = time.perf_counter()
    root = decompose_contacts(problem, deadline, most_nodes=1)
    seconds = {**found.seconds, "prices": time.perf_counter() - began}
    made_by = {
        "formulation": formulation,
        "milp_nodes": found.nodes,
        "seed": seed,
        "threads": threads,
        "time_limit": str(time_limit),
        "highs": check_mip_solver("highs"),
        "pyomo": version("pyomo"),
    }
    return _certified(problem, "milp", root, found.schedule, made_by, seconds, found.ended)


def _certified(
    problem: ContactProblem,
    solver: str,
    found: BranchAndBoundResult,
    schedule: ContactSchedule,
    made_by: dict[str, object],
    seconds: dict[str, float],
    ended: Ended | None = None,
) -> Outcome:
    ended = ended or found.ended
    value = schedule.value(problem)
    certificate = Certificate.create(
        problem=problem.document(),
        strategy={"name": "contact", "decimals": problem.decimals},
        schedule=[list(pair) for pair in schedule.pairs],
        value=value,
        bound=found.bound,
        proof=_proof(found.tree),
        made_by={"solver": solver, "ended": str(ended), "qkdopt": version("qkdopt"), **made_by},
        document_format=CERTIFICATE_FORMAT,
    )
    return Outcome(ended, certificate, value, found.bound, seconds)


def _proof(root: Node) -> dict[str, object]:
    """Return the tree in the form of certificates: each branching before its two children."""
    if root.children is None:
        return {"kind": "prices", "rho": root.multipliers.document()}
    multipliers: list[object] = []
    place: dict[int, int] = {}
    tree: list[object] = []
    stack = [root]
    while stack:
        node = stack.pop()
        if node.children is not None:
            tree.append([node.pass_fixed])
            stack += [node.children[1], node.children[0]]
            continue
        if id(node.multipliers) not in place:
            place[id(node.multipliers)] = len(multipliers)
            multipliers.append(node.multipliers.document())
        tree.append(place[id(node.multipliers)])
    return {"kind": "tree", "prices": multipliers, "tree": tree}
