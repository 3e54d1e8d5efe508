"""What is known about published problems: best values, best bounds, and the table of them."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from qkdopt import verifier
from qkdopt.certificates import nats_agree
from qkdopt.library import PROBLEM, checked_problem, content_sha256, published_index
from qkdopt.numerals import read_fraction
from qkdopt.optimize.problem_file import problem_from_document
from qkdopt.optimize.strategy_names import kind_named


def published_facts(folder: Path) -> dict[str, Any]:
    """Return what is known about the published problem in ``folder``.

    From the index of its library, or from its files where the index does not list it.

    Raises
    ------
    InputError
        When the frozen problem is not the one that the index lists, or a file is damaged.
    """
    facts = published_index(folder.parent).get(folder.name)
    if facts is None:
        facts = facts_of(folder)
    else:
        checked_problem(folder)
    return {"name": folder.name, "folder": str(folder), "description": "", **facts}


def facts_of(folder: Path) -> dict[str, Any]:
    """Return hash, kind, size and best values of the problem in ``folder``, from its files."""
    best = best_known(sorted((folder / "certificates").glob("*.json*")))
    if not (folder / PROBLEM).is_file():
        return {"best": best}
    return {"sha256": content_sha256(folder / PROBLEM), **_size(folder / PROBLEM), "best": best}


def _size(path: Path) -> dict[str, Any]:
    document: Any = verifier.read(path)
    if document.get("format") == "qkdopt-contact-problem":
        return {
            "kind": "contacts",
            "nodes": len(document["nodes"]),
            "passes": len(document["passes"]["id"]),
            "targets": len(document["targets"]["id"]),
        }
    problem = problem_from_document(document, str(path))
    several = len(problem.satellites)
    return {
        "kind": "intervals",
        **({"satellites": several} if several > 1 else {}),
        "links": len(problem.links),
        "active_intervals": sum(item.interval.size for item in problem.satellites),
        "targets": len(problem.targets),
    }


def strategy_label(strategy: Mapping[str, object]) -> str:
    """Return a certificate's strategy in short: ``gd``, ``td-0.01``, ``least-0.9``.

    Lower bounds and other settings of a strategy follow it.
    """
    rest = {key: value for key, value in strategy.items() if key not in ("name", "decimals")}
    setting = rest.pop("kl_max", rest.pop("fraction", None))
    label = str(strategy["name"]) + ("" if setting is None else f"-{setting}")
    return label + "".join(f", {key} {value}" for key, value in sorted(rest.items()))


def rank(strategy: Mapping[str, Any], number: Any) -> tuple[Fraction, int]:
    """Return a number that is larger for better schedules: KL mismatch is negated."""
    if isinstance(number, Mapping):
        return _exact(number["t"]), number["total"]
    nearest = kind_named(str(strategy["name"])).refers_to  # asks for a share of another's optimum
    return (-_exact(number), 0) if nearest else (_exact(number), 0)


def best_known(paths: Iterable[Path]) -> dict[str, dict[str, Any]]:
    """Return by strategy's label the best value and bound that certificates claim.

    Returns
    -------
    For each strategy ``value``, ``bound``, the name of the ``certificate`` with the value, and
    ``bound_certificate`` where another one has the better bound. With ``decimals``, as contact
    problems have, both count in ``10 ** -decimals``.
    """
    claims: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    for path in paths:
        claim: Any = verifier.read(path)
        strategy: Mapping[str, Any] = claim["strategy"]
        claims.setdefault(strategy_label(strategy), []).append((path.name, claim))
    return {label: _best(same) for label, same in claims.items()}


def _best(same: Sequence[tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
    strategy = same[0][1]["strategy"]
    by_value, reached = max(same, key=lambda item: rank(strategy, item[1]["value"]))
    by_bound, proved = min(same, key=lambda item: rank(strategy, item[1]["bound"]))
    if rank(strategy, reached["bound"]) == rank(strategy, proved["bound"]):
        by_bound = by_value
    facts = {"value": reached["value"], "bound": proved["bound"], "certificate": by_value}
    if strategy.get("decimals"):
        facts["decimals"] = strategy["decimals"]
    return facts if by_bound == by_value else {**facts, "bound_certificate": by_bound}


def relative_gap(value: Any, bound: Any) -> float:
    """Return how far the bound is from the value, as a share of the larger.

    Of ``t`` for balanced delivery, and of the total where ``t`` is proved.
    """
    if isinstance(value, Mapping):
        key = "total" if _exact(value["t"]) == _exact(bound["t"]) else "t"
        value, bound = value[key], bound[key]
    reached, most = _exact(value), _exact(bound)
    return float(abs(most - reached) / max(abs(most), abs(reached))) if most != reached else 0.0


def _exact(number: str | int) -> Fraction:
    return read_fraction(number) if isinstance(number, str) else Fraction(number)


def standing(value: Any, bound: Any) -> str:
    """Return ``optimal`` where value and bound are the same, else the gap in per cent.

    Nats, which are decimal text, are the same to 1e-12.
    """
    if value == bound:
        return "optimal"
    if isinstance(value, str) and nats_agree(value, bound):
        return "optimal to 1e-12"
    of_t = isinstance(value, Mapping) and _exact(value["t"]) != _exact(bound["t"])
    return f"gap {'of t ' if of_t else ''}{100 * relative_gap(value, bound):.3g} %"
