"""What the registry says of solvers, for help texts, docstrings and documentation."""

from collections.abc import Iterable

from qkdopt.optimize.solvers.entry import SolverEntry


def carried_words(entry: SolverEntry) -> str:
    """Return the short names of supported strategies, without and with lower bounds."""
    from qkdopt.optimize.strategy_names import strategies_of

    if entry.forms is None or entry.floored is None:
        return "any"
    plain, floored = strategies_of(entry.forms), strategies_of(entry.floored)
    if not floored:
        return ", ".join(plain)
    return f"{', '.join(plain)}; floors: {'all' if floored == plain else ', '.join(floored)}"


def solver_help(entries: Iterable[SolverEntry]) -> str:
    """Return names and methods in a sentence, as plain text."""
    methods = "; ".join(f"{entry.name} ({entry.summary})" for entry in entries)
    default = "By default the first that carries strategy and rules."
    return f"{methods.replace('`', '')}; or an installed plug-in. {default}"


def solver_table(entries: Iterable[SolverEntry]) -> str:
    """Return a list table in reStructuredText: name, method, what for, what it proves."""
    rows = [("solver", "method", "for", "proves")]
    rows += [(f"``{e.name}``", e.summary, carried_words(e), str(e.proves)) for e in entries]
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for row in rows:
        lines += [f"   {'* -' if place == 0 else '  -'} {cell}" for place, cell in enumerate(row)]
    return "".join(line.rstrip() + "\n" for line in lines)
