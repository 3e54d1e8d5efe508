"""Sentences about scenarios, strategies and certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qkdopt.certificates import Certificate
    from qkdopt.optimize.problem import SchedulingProblem
    from qkdopt.physics import Scenario
    from qkdopt.verifier import Verdict

__all__ = ["certificate_words", "scenario_words", "strategy_title"]

_ASKS = {
    "gd": "as many bits as possible, whatever their target",
    "pd": "the largest total weighted by traffic",
    "td": "as many bits as possible while the shares stay within KL ≤ @ of the traffic",
    "least": "shares as close to the traffic as possible at a given part of the largest total",
    "balanced": "the largest consumption, in proportion to traffic, that every city can sustain",
    "capped": "as many bits as possible, without counting bits beyond a city's demand",
    "fair": "proportionally fair delivery: the largest sum of logarithms of the bits of each city, "
    "weighted by traffic",
    "linear": "the largest total of bits, weighted by link as the certificate states",
}
_TITLES = {
    "gd": "S-GD",
    "pd": "S-PD",
    "td": "S-TD(@)",
    "least": "least divergence",
    "balanced": "balanced",
    "capped": "capped",
    "fair": "proportionally fair",
    "linear": "linear",
}


def strategy_title(strategy: dict[str, object]) -> str:
    """Return the short name of a strategy."""
    return _with_setting(_TITLES, strategy)


def _with_setting(words: dict[str, str], strategy: dict[str, object]) -> str:
    """Return the description of a strategy with its setting; its own name if unknown."""
    name = str(strategy["name"])
    return words[name].replace("@", str(strategy.get("kl_max", ""))) if name in words else name


def certificate_words(certificate: Certificate, verdict: Verdict) -> list[str]:
    """Describe the claims of a certificate and the verdict, without duality."""
    strategy = certificate.document["strategy"]
    words = [f"Objective: {_with_setting(_ASKS, strategy)}."]
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
    return words


def _agrees(verdict: Verdict) -> str:
    """Return how bound and value are the same: nats are irrational."""
    return "agrees to 1e-12 with" if isinstance(verdict.value, str) else "equals"


def scenario_words(problem: SchedulingProblem, scenario: Scenario | None) -> list[str]:
    """Return the scenario in sentences."""
    if scenario is None:
        return [
            f"A problem of {len(problem.links)} links over {problem.interval.size:,} active "
            f"intervals of {problem.interval_s} s; a hand-over takes {problem.switch_s} s. "
            "Orbit and optics are not known here: the table of bits was given without a scenario."
        ]
    grid, visible = scenario.grid, scenario.visibility
    clouds = "Skies are clear." if scenario.clouds is None else f"Clouds: {scenario.clouds.label}."
    words = [
        " ".join(scenario.description.split()),
        f"{scenario.satellite.name} over {len(scenario.links)} links, from "
        f"{grid.start_utc:%d %B %Y %H:%M} to {grid.end_utc:%d %B %Y %H:%M} UTC, in intervals of "
        f"{grid.interval_s} s. Turning from one station to another takes {scenario.switch_s} s.",
        f"A link may work above {visible.minimum_elevation_deg:g}° of elevation, with darkness by "
        f"the rule: {', '.join(visible.darkness)}. {clouds}",
        f"{len(problem.links)} links can deliver key in {problem.interval.size:,} intervals; one "
        "of them at a time can be served.",
    ]
    return [sentence for sentence in words if sentence]
