"""Contact certificates: read the claim, recompute schedule, value and bound, compare."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise

from qkdopt.errors import quote
from qkdopt.verifier.budget import Budget, common_multiple, size_factor
from qkdopt.verifier.contact.problem import ContactProblem, read_contact_problem
from qkdopt.verifier.forms import LARGEST_RESULT, Members, a_list, list_of, rational, refused, whole
from qkdopt.verifier.reading import check_head, false_identity, read_envelope, sha256
from qkdopt.verifier.results import Whole
from qkdopt.verifier.trees import Leaf, read_tree
from qkdopt.verifier.verdict import Verdict

FORMAT = "qkdopt-contact-certificate"
_MOST_FINDINGS = 100
_STEPS_PER_PRICE = 50


def verify_contact(document: object, problem: object | None, budget: Budget) -> Verdict:
    """Return whether everything that a contact certificate claims is true.

    Raises
    ------
    InputError
        Either document is malformed: there is no claim to verify.
    """
    where = "certificate"
    check_head(document, where, FORMAT)
    found = read_envelope(document, where, "schedule")
    strategy = found("strategy", Members, ("name", "decimals"))
    if strategy.stated["name"] != "contact":
        raise refused(f"{where}.strategy.name", strategy.stated["name"], '"contact"')
    decimals = strategy("decimals", whole, 0, 100, "decimals")
    read = found("problem", read_contact_problem, budget)
    form = " of pairs [pass, target]"
    schedule = found("schedule", list_of, _pair, read, what=form)
    number = whole, 0, LARGEST_RESULT, "a whole number >= 0, 300 digits"
    said_value, said_bound = found("value", *number), found("bound", *number)
    leaves = found("proof", _leaves, read)
    other = None if problem is None else read_contact_problem(problem, "problem", budget).sha256
    value = sum(read.value(p, t) or 0 for p, t in schedule)
    targets = Targets(read)
    bounds = [priced_bound(read, targets, leaf) for leaf in leaves]
    bound = max((most for most in bounds if most is not None), default=0)
    findings = [
        *false_identity(found("problem_sha256", sha256), read.sha256, other),
        *_broken_rules(read, schedule),
    ]
    if decimals != read.decimals:
        findings.append(f"values are said to have {decimals} decimals, not {read.decimals}")
    findings += Whole().false(said_value, said_bound, value, bound, attained=False)
    return Verdict(
        holds=not findings,
        optimal=not findings and said_value == said_bound,
        value=value,
        bound=said_bound,
        delivered=(),
        recomputed_bound=bound,
        findings=tuple(findings[:_MOST_FINDINGS]),
        unit="value",
        decimals=read.decimals,
    )


def _pair(item: object, where: str, problem: ContactProblem) -> tuple[int, int]:
    p, t = a_list(item, where, 2, ": a pair [pass, target]")
    return (
        whole(p, where, 0, len(problem.pass_id), "the index of a pass"),
        whole(t, where, 0, len(problem.target_id), "the index of a target"),
    )


def _leaves(proof: object, where: str, problem: ContactProblem) -> list[Leaf]:
    """Return the passes that are used and not used in each leaf, and the prices of targets."""
    if type(proof) is not dict or proof.get("kind") not in ("prices", "tree"):
        raise refused(where, proof, 'a proof of kind "prices" or "tree"')
    if proof["kind"] == "prices":
        return [Leaf((), Members(proof, where, ("kind", "rho"))("rho", _rho, problem))]
    found = Members(proof, where, ("kind", "prices", "tree"))
    prices = found("prices", list_of, _rho, problem, what=" of prices")

    def branching(item: list[object], place: str) -> tuple[tuple[int, bool], tuple[int, bool]]:
        """Read ``[p]``: whether pass ``p`` is used."""
        (stated,) = a_list(item, place, 1, " pass")
        p = whole(stated, place, 0, len(problem.pass_id), "the index of a pass")
        return (p, True), (p, False)

    return [leaf for leaf, _ in found("tree", read_tree, prices, branching, problem.budget)]


def _rho(value: object, where: str, problem: ContactProblem) -> Mapping[int, Fraction]:
    rho: dict[int, Fraction] = {}
    pairs = problem.budget.list_of(_STEPS_PER_PRICE, value, where, _price, problem)
    for i, (t, price) in enumerate(pairs):
        if t in rho:
            raise refused(f"{where}[{i}]", t, "each target once")
        rho[t] = price
    return rho


def _price(item: object, where: str, problem: ContactProblem) -> tuple[int, Fraction]:
    stated, price = a_list(item, where, 2, ': [target, "num/den"]')
    t = whole(stated, f"{where}[0]", 0, len(problem.target_id), "the index of a target")
    return t, rational(price, f"{where}[1]", limited=True)


def _broken_rules(problem: ContactProblem, schedule: Sequence[tuple[int, int]]) -> Iterator[str]:
    for what, names, used in (
        ("pass", problem.pass_id, [p for p, _ in schedule]),
        ("target", problem.target_id, [t for _, t in schedule]),
    ):
        for i, times in sorted(Counter(used).items()):
            if times > 1:
                yield f"{what} {quote(names[i])} is used {times} times"
    for p, t in schedule:
        if problem.value(p, t) is None:
            yield f"pass {quote(problem.pass_id[p])} cannot serve {quote(problem.target_id[t])}"
    in_time = sorted({p for p, _ in schedule}, key=lambda p: (problem.start[p], problem.end[p]))
    for p, q in pairwise(in_time):
        # If consecutive passes keep the gap then all do: none ends before it starts. A pass of no
        # length comes before a longer one of the same start.
        if problem.start[q] < problem.end[p] + problem.gap:
            both = f"{quote(problem.pass_id[p])} and {quote(problem.pass_id[q])}"
            yield f"passes {both} are too close"


class Targets:
    """Targets by node and kind (QKD or not), those of larger priority first."""

    def __init__(self, problem: ContactProblem) -> None:
        self.of: dict[tuple[int, bool], list[int]] = {}
        for t in sorted(range(len(problem.priority)), key=lambda t: -problem.priority[t]):
            self.of.setdefault((problem.target_node[t], problem.needs_key[t]), []).append(t)

    def that_matter(self, node: int, rho: Mapping[int, int]) -> list[int]:
        """Return targets of a node among which the largest value minus price is always found.

        Of a kind: all down to the first that is free. A later one has no larger priority, hence
        no larger value in any pass, and a price that is not below 0.
        """
        found = []
        for kind in (True, False):
            for t in self.of.get((node, kind), []):
                found.append(t)
                if not rho.get(t):
                    break
        return found


def priced_bound(problem: ContactProblem, targets: Targets, leaf: Leaf) -> int | None:
    """Return floor of the bound over the schedules of the leaf; ``None`` when there are none.

    Proof. Let a schedule use the passes U and give p in U to target t(p), all different. For
    rho >= 0 its value is the sum of (value - rho) over its pairs plus the sum of rho over its
    targets. The second is at most the sum of all rho. In the first, each pass contributes at most
    its reduced value, the largest value - rho over targets of its node. U contains the passes that
    the leaf requires; the others fit together, exclude none of those, and contribute at most the
    larger of reduced value and 0. The most that they can contribute together is found below.
    """
    budget, n_passes = problem.budget, len(problem.pass_id)
    constraints, prices = list(leaf.constraints()), leaf.multipliers
    used, unused = ({p for p, is_used in constraints if is_used is x} for x in (True, False))
    common = common_multiple([price.denominator for price in prices.values()], budget)
    factor = size_factor((common,))
    budget.spend((10 * n_passes + len(prices)) * factor + 5 * (len(used) + n_passes) * len(used))
    rho = {t: price.numerator * (common // price.denominator) for t, price in prices.items()}
    if used & unused:
        return None
    if any(problem.exclude(p, q) for p in used for q in used if p < q):
        return None
    shortlists: dict[int, list[int]] = {}
    total: int = sum(rho.values())
    free: list[tuple[int, int, int]] = []  # of the other passes: end, start, reduced value
    for p, node in enumerate(problem.pass_node):
        if node not in shortlists:
            shortlists[node] = targets.that_matter(node, rho)
            budget.spend(len(shortlists[node]))
        budget.spend(6 * factor * len(shortlists[node]))
        values = [(problem.value(p, t), rho.get(t, 0)) for t in shortlists[node]]
        left = [value * common - price for value, price in values if value is not None]
        if p in used:
            if not left:
                return None
            total += max(left)
        elif p in unused or any(problem.exclude(p, q) for q in used):
            continue
        elif left and max(left) > 0:
            free.append((problem.end[p], problem.start[p], max(left)))
    return (total + _most_together(free, problem.gap)) // common


def _most_together(passes: list[tuple[int, int, int]], gap: int) -> int:
    """Return the largest total reduced value of passes (end, start, value) that keep the gap.

    In order of their ends: the best of the first i either leaves out the i-th, or uses it and is
    the best of those that end at least the gap before it starts.
    """
    passes = sorted(passes)
    ends = [end for end, _, _ in passes]
    best = [0]
    for i, (_, start, worth) in enumerate(passes):
        best.append(max(best[i], worth + best[bisect_right(ends, start - gap, 0, i)]))
    return best[-1]
