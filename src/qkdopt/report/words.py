"""Sentences about scenarios, strategies and certificates."""

from collections import Counter
from collections.abc import Sequence

from qkdopt.certificates import Certificate
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.strategy_names import strategy_in_words
from qkdopt.physics import Scenario
from qkdopt.verifier import Verdict

_MOST_LISTED = 6
_FINITE = (
    "Keys are finite: each uninterrupted service of a link is a block of its own, and totals count "
    "the keys of these blocks. Bits of single intervals, and those called asymptotic, are of "
    "blocks without end."
)
_UNCERTAIN = (
    "The sky is not known: one schedule is made for {:,} possible ones. Bits are means over these, "
    "rounded, with the fewest and the most beside them; losses of single intervals are those under "
    "the mean cloud codes."
)


def certificate_words(certificate: Certificate, verdict: Verdict) -> list[str]:
    """Describe the claims of a certificate and the verdict, without duality."""
    strategy = certificate.document["strategy"]
    words = [f"Objective: {strategy_in_words(strategy)[1]}."]
    if not verdict.holds:
        return [*words, f"The claim is FALSE: {'; '.join(verdict.findings)}."]
    words.append(
        "The verifier recomputed the schedule from the rules and the table of bits, in whole "
        "numbers: every rule is kept and the value is correct."
    )
    if verdict.optimal:
        words.append(
            f"It then computed a bound that no schedule can exceed; it {_agrees(verdict)} the "
            "value. The schedule is therefore optimal: no better one exists."
        )
    else:
        words.append(
            "It then computed a bound that no schedule can exceed. The optimum lies "
            "between the value and that bound: no schedule can gain more than the gap."
        )
    if len(certificate.document["problem"].get("satellites", ())) > 1:
        words.append(
            "In that bound, a receiver has a price whenever more satellites could use it than its "
            "station can serve at once; every service pays it."
        )
    return words


def _agrees(verdict: Verdict) -> str:
    """Return how bound and value are the same: nats are irrational."""
    return "agrees to 1e-12 with" if isinstance(verdict.value, str) else "equals"


def scenario_words(problem: SchedulingProblem, scenario: Scenario | None) -> list[str]:
    """Return the scenario in sentences."""
    active = sum(item.interval.size for item in problem.satellites)
    several = len(problem.satellites) > 1
    finite = [_FINITE] if problem.in_sessions else []
    finite += [_UNCERTAIN.format(len(problem.probabilities))] if problem.probabilities else []
    if scenario is None:
        who = f"{len(problem.satellites)} satellites and " if several else ""
        turning = "" if several else f"; a hand-over takes {problem.switch_s} s"
        words = [
            f"A problem of {who}{len(problem.links):,} links over {active:,} active "
            f"intervals of {problem.interval_s} s{turning}. "
            "Orbit and optics are not known here: the table of bits was given without a scenario."
        ]
        return [*words, *finite, *(_sharing_words(problem) if several else ())]
    grid, visible = scenario.grid, scenario.visibility
    clouds = "Skies are clear." if scenario.clouds is None else f"Clouds: {scenario.clouds.label}."
    names = [item.name for item in problem.satellites] if several else [scenario.satellite.name]
    turning = (
        ""
        if several
        else f" Turning from one station to another takes {_most(problem)}{scenario.switch_s} s."
    )
    served = (
        "a satellite can serve one of its own at a time" if several
        else "one of them at a time can be served"
    )  # fmt: skip
    words = [
        " ".join(scenario.description.split()),
        f"{_listed(names)} over {len(scenario.links)} links, from "
        f"{grid.start_utc:%d %B %Y %H:%M} to {grid.end_utc:%d %B %Y %H:%M} UTC, in intervals of "
        f"{grid.interval_s} s.{turning}",
        f"A link may work above {visible.mask_words}° of elevation, with darkness by "
        f"the rule: {', '.join(visible.darkness)}. {clouds}",
        _own_words(scenario),
        f"{len(problem.links):,} links can deliver key in {active:,} intervals; {served}.",
        *finite,
        *(_sharing_words(problem) if several else ()),
    ]
    return [sentence for sentence in words if sentence]


def _own_words(scenario: Scenario) -> str:
    """Return what stations have of their own, of many which of them; empty for nothing."""
    own = [item for item in scenario.stations if item.own_words]
    if not own:
        return ""
    if len(own) > _MOST_LISTED:
        return f"{len(own)} stations have settings of their own."
    return f"Of their own have {'; '.join(f'{item.name}: {item.own_words}' for item in own)}."


def _listed(names: Sequence[str]) -> str:
    """Return names in a row; of many, how many there are and the first ones."""
    if len(names) == 1:
        return names[0]
    if len(names) <= _MOST_LISTED:
        return f"{', '.join(names[:-1])} and {names[-1]}"
    return f"{len(names)} satellites ({', '.join(names[:3])}, \u2026)"


def _sharing_words(problem: SchedulingProblem) -> list[str]:
    """Return how long hand-overs take and how many receivers there are."""
    turns = sorted({item.switch_s for item in problem.satellites})
    took = f"{turns[0]} s" if len(turns) == 1 else f"{turns[0]} to {turns[-1]} s"
    counts = Counter(item.receivers for item in problem.stations)
    receivers = ", ".join(
        f"{number} {'station has' if number == 1 else 'stations have'} {count} "
        f"receiver{'s' if count > 1 else ''}"
        for count, number in sorted(counts.items())
    )
    waits = sorted({item.switch_s for item in problem.stations})
    set_up = (
        f" A receiver needs up to {waits[-1]} s from one satellite to another." if waits[-1] else ""
    )
    return [
        f"A hand-over of a satellite takes {_most(problem)}{took}. "
        f"{receivers[:1].upper()}{receivers[1:]}: a station serves at most as many satellites at "
        f"once.{set_up}"
    ]


def _most(problem: SchedulingProblem) -> str:
    """Return ``at most`` where some hand-overs are shorter, by a slew rate."""
    return "at most " if any(item.operations.slew for item in problem.satellites) else ""
