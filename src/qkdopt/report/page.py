"""The page itself: template, style, script and libraries put into one file."""

import json
import re
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from os import PathLike
from typing import Any

from qkdopt.documents import read_json
from qkdopt.files import write_text
from qkdopt.forms import checked_document
from qkdopt.numerals import read_decimal
from qkdopt.optimize.strategy_names import strategy_written
from qkdopt.plain_text import printable
from qkdopt.report.form import ReportDocument
from qkdopt.study.estimates import Estimate

_LIBRARIES = ("vega.min.js", "vega-lite.min.js", "vega-embed.min.js")
_CHARTS = (
    "map",
    "overview",
    "network",
    "pass",
    "sharing",
    "shares",
    "front",
    "convergence",
    "clouds",
    "tornado",
    "details",
)
_EXPECTED = "a report.json of qkdopt run"
_MEGABIT = 1e6
_END_OF_SCRIPT = re.compile(r"</(?=script)", re.IGNORECASE)


def write_report(path: str | PathLike[str], document: dict[str, object]) -> None:
    """Write the report as one HTML file, atomically.

    Raises
    ------
    OutputError
        When the file cannot be written.
    """
    write_text(path, render_report(document))


def read_report_document(path: str | PathLike[str]) -> dict[str, Any]:
    """Read a ``report.json``.

    Raises
    ------
    InputError
        Naming the file and the key that is not as ``qkdopt run`` writes it.
    """
    document: dict[str, object] = read_json(path, _EXPECTED)
    checked_document(ReportDocument, document, str(path), _EXPECTED)
    return document


def render_report(document: dict[str, object]) -> str:
    """Return the report as HTML that needs nothing beyond itself.

    Every text of the document is escaped; it is never run, and its control characters are shown.
    """
    import jinja2
    from markupsafe import Markup

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    filters: dict[str, Callable[..., object]] = {
        "megabits": lambda bits: f"{bits / _MEGABIT:,.3f}",
        "nats": lambda nats: str(nats) if isinstance(nats, str) else f"{nats:.3g} nats",
        "change": lambda change: "-" if change is None else f"{100 * change:+.2f} %",
        "estimate": _estimate,
        "alone": lambda value: "-" if value is None else Estimate(value, None).words,
        "asked": _asked,
        "met": _met,
        "percent": lambda share: "-" if share is None else f"{100 * share:.1f} %",
        "standing": _standing,
        "strategy": lambda name: strategy_written(name).title,
        "optimum": _optimum,
        "interval": _interval,
    }
    environment.filters |= filters
    template = environment.from_string(_asset("page.html.j2"))
    return template.render(
        report=_shown(document),
        sections=_sections(document),
        charts={name: json.loads(_asset(f"charts/{name}.vl.json")) for name in _CHARTS},
        land=json.loads(_asset("land-110m.json")) if document.get("stations") else None,
        libraries=[Markup(_script(name)) for name in _LIBRARIES],
        script=Markup(_script("page.js")),
        style=Markup(_asset("style.css")),
        version=version("qkdopt"),
    )


def _shown(value: object) -> object:
    """Return a JSON value with all its texts and keys made harmless."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, list):
        return [_shown(item) for item in value]
    if isinstance(value, dict):
        return {printable(key): _shown(item) for key, item in value.items()}
    return value


def _sections(document: dict[str, object]) -> list[tuple[str, str]]:
    sections = [
        ("short", "Summary"),
        ("scenario", "Scenario"),
        ("assumptions", "What totals assume"),
        ("what_if", "What if"),
        ("timeline", "Timeline"),
        ("sharing", "Who shares what"),
        ("shares", "Delivered and target shares"),
        ("clouds", "Uncertain clouds"),
        ("front", "Pareto front"),
        ("convergence", "Heuristics"),
        ("certificates", "What is proved"),
        ("provenance", "Provenance"),
    ]
    needs = {name: name for name in ("front", "convergence", "assumptions", "what_if", "clouds")}
    needs["sharing"] = "network"
    return [item for item in sections if item[0] not in needs or document.get(needs[item[0]])]


def _estimate(found: dict[str, float | None] | None) -> str:
    """Return a mean and its standard error."""
    if found is None:
        return "-"
    value, error = found["estimate"], found["standard_error"]
    return Estimate(0.0 if value is None else value, error).words


def _asked(targets: dict[str, dict[str, object]]) -> dict[str, str]:
    """Return the shares that some target has, with their headings."""
    titles = {"meets_demand": "skies that meet the demand", "meets_min_bits": "the least bits"}
    return {key: title for key, title in titles.items() if any(key in t for t in targets.values())}


def _met(found: dict[str, float] | None) -> str:
    """Return the share of skies that meet what is asked, and its standard error."""
    if found is None:
        return "-"
    error = found["standard_error"]
    beside = "" if error is None else f" ± {100 * error:.1f} %"
    return f"{100 * found['estimate']:.1f} %{beside}"


def _standing(statement: str) -> str:
    """Return what a verifier's statement proves: that it is optimal, or the gap, if it says so."""
    if "optimal" in statement:
        return statement.rpartition(", ")[2]
    found = re.search(r"gap [^)]*", statement)
    return f"certified {found[0]}" if found else statement


def _number(value: object) -> str:
    """Return a value as certificates state it: whole, a quotient or decimal as text, or ``t``."""
    if isinstance(value, dict):
        return f"t = {_number(value.get('t'))}"
    if isinstance(value, str) and "/" in value:
        over, under = map(read_decimal, value.split("/"))
        return f"{over / under:,.6g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _optimum(found: dict[str, object]) -> str:
    """Return a proved optimum as one number, others as value and bound."""
    if found["value"] is None:
        return "no schedule"
    value = _number(found["value"])
    words = value if found["optimal"] else f"{value} to {_number(found['bound'])}"
    return words if found["verified"] else f"{words} (NOT verified)"


def _interval(ends: list[object] | None) -> str:
    """Return between which numbers a difference lies."""
    if ends is None:
        return "-"
    least, most = map(_number, ends)
    return least if least == most else f"{least} to {most}"


def _script(name: str) -> str:
    """Return JavaScript that is safe inside a script element."""
    return _END_OF_SCRIPT.sub(r"<\\/", _asset(name))


@cache
def _asset(name: str) -> str:
    return files("qkdopt.report").joinpath("assets", *name.split("/")).read_text(encoding="utf-8")
