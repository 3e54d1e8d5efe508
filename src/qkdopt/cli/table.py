"""The table of delivered keys: one row per target, one column per strategy, then the claims."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from rich.cells import cell_len
from rich.console import Console, Group
from rich.table import Table

from qkdopt.cli.console import new_table
from qkdopt.numerals import read_float, read_fraction
from qkdopt.study.estimates import Estimate
from qkdopt.study.evaluation import Evaluation
from qkdopt.verifier import Verdict

_SHARE_WIDTH, _BESIDE_WIDTH, _ANY_WIDTH = 8, 12, 10_000
_LONGEST_NAME, _LEAST_NAME_WIDTH = 40, 10
_LEAST_FOR_KBIT = 100_000
_MOST_DECIMALS = 12  # of nats


@dataclass(frozen=True)
class Column:
    """One strategy's results.

    Attributes
    ----------
    title
        Above the column, ``S-GD``.
    rows
        Further (label, text) rows of the last section; the same labels in every column.
    """

    title: str
    evaluation: Evaluation
    rows: tuple[tuple[str, str], ...]


def delivery_tables(console: Console, columns: Sequence[Column], title: str | None = None) -> Group:
    """Return the table or, where further bits make it too wide, one after another."""
    table = delivery_table(console, columns, title)
    wide = table.__rich_measure__(console, console.options.update(width=_ANY_WIDTH)).maximum
    if wide <= console.width or len(columns) == 1 or not _beside(columns[0].evaluation):
        return Group(table)
    return Group(
        delivery_tables(console, columns[:-1], title), delivery_tables(console, columns[-1:])
    )


def delivery_table(console: Console, columns: Sequence[Column], title: str | None = None) -> Table:
    """Return the table, in kbit (1000 bits) or, when the totals are small, in bits.

    Of finite sessions, beside what is delivered stands what it would be in blocks without end; of
    cloud scenarios, beside the mean stand the fewest and the most.
    """
    first = columns[0].evaluation
    most = max(
        max(column.evaluation.total, *(total for _, _, total in _beside(column.evaluation)), 0)
        for column in columns
    )
    in_kbit = most >= _LEAST_FOR_KBIT
    unit, divisor = ("kbit", 1000) if in_kbit else ("bit", 1)
    weights = first.weight_shares
    table = new_table(console, title)
    table.add_column("target", overflow="fold")
    for column in columns:
        mean = "" if column.evaluation.spread is None else "mean "
        heading = f"{column.title}\n{mean}{unit}{'share':>{_SHARE_WIDTH}}"
        heading += "".join(f"{name:>{_BESIDE_WIDTH}}" for name, *_ in _beside(column.evaluation))
        table.add_column(heading, justify="right")
    if weights is not None:
        table.add_column("\nweight", justify="right", no_wrap=True)
    for n, target in enumerate(first.targets):
        cells = [_keys(column.evaluation, n, divisor) for column in columns]
        table.add_row(_short(target), *cells, None if weights is None else percent(weights[n]))
    table.add_section()
    totals = [_total(column.evaluation, divisor) for column in columns]
    table.add_row("total", *totals)
    if weights is not None:
        _add(table, columns, "KL mismatch [nats]", lambda e: _number(e.divergence, "{:.4f}"))
        _add(table, columns, "utilisation", lambda e: percent(e.utilisation))
    if first.pairing is not None:
        _add_pairing(table, columns, unit, divisor)
    table.add_section()
    for position, (label, _) in enumerate(columns[0].rows):
        table.add_row(label, *(column.rows[position][1] for column in columns))
    _keep_whole(console, table, len(first.targets))
    return table


def _keep_whole(console: Console, table: Table, targets: int) -> None:
    """On a narrow terminal wrap the claims between words, but no name or number.

    Where even that is too wide, columns move closer; then names are wrapped, between words
    first.
    """
    names = table.columns[0]
    for column in table.columns:
        cells = [str(cell) for cell in column.cells]
        words = [word for cell in (*cells[targets:], str(column.header)) for word in cell.split()]
        column.min_width = max(map(cell_len, [*cells[:targets], *words]), default=0)
    if table.__rich_measure__(console, console.options).minimum > console.width:
        table.padding = (0, 1, 0, 0)
    missing = table.__rich_measure__(console, console.options).minimum - console.width
    if missing > 0:
        names.min_width = max((names.min_width or 0) - missing, _LEAST_NAME_WIDTH)
    if table.__rich_measure__(console, console.options).minimum > console.width:
        for column in table.columns:
            column.min_width = None
            column.no_wrap = column is not names


def _add_pairing(table: Table, columns: Sequence[Column], unit: str, divisor: int) -> None:
    """Add what the bits pair up to; each shared bit consumes two delivered ones."""

    def text(evaluation: Evaluation) -> str:
        use = evaluation.pairing
        if use is None:
            return "-"
        return f"{use.shared / divisor:,.0f}{percent(use.utilisation):>{_SHARE_WIDTH}}"

    def proportional(evaluation: Evaluation) -> str:
        use = evaluation.pairing
        if use is None:
            return "-"
        consumed = percent(use.proportional_utilisation)
        return f"{use.proportional / divisor:,.0f}{consumed:>{_SHARE_WIDTH}}"

    _add(table, columns, f"shared {unit}, two used for each", text)
    _add(table, columns, "in proportion to traffic", proportional)


def _add(
    table: Table, columns: Sequence[Column], label: str, text: Callable[[Evaluation], str]
) -> None:
    table.add_row(label, *(text(column.evaluation) for column in columns))


def _beside(evaluation: Evaluation) -> list[tuple[str, tuple[int, ...], int]]:
    """Return what stands beside delivered bits: heading, bits by target, their total."""
    if evaluation.asymptotic is not None:
        return [("asymptotic", evaluation.asymptotic, sum(evaluation.asymptotic))]
    if (spread := evaluation.spread) is not None:
        ends = (
            ("fewest", spread.fewest, spread.fewest_total),
            ("most", spread.most, spread.most_total),
        )
        return list(ends)
    return []


def _total(evaluation: Evaluation, divisor: int) -> str:
    beside = [total for _, _, total in _beside(evaluation)]
    return _cell(evaluation.total, 1.0 if evaluation.total else None, beside, divisor)


def _keys(evaluation: Evaluation, n: int, divisor: int) -> str:
    share = None if evaluation.shares is None else evaluation.shares[n]
    beside = [bits[n] for _, bits, _ in _beside(evaluation)]
    return _cell(evaluation.delivered[n], share, beside, divisor)


def _cell(bits: int, share: float | None, beside: Sequence[int], divisor: int) -> str:
    further = "".join(f"{f'{number / divisor:,.0f}':>{_BESIDE_WIDTH}}" for number in beside)
    return f"{bits / divisor:,.0f}{percent(share):>{_SHARE_WIDTH}}{further}"


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 3] + "..."


def percent(share: float | None) -> str:
    """Return a share as text, ``-`` where there is none."""
    return _number(None if share is None else 100 * share, "{:.1f} %")


def _number(value: float | None, pattern: str) -> str:
    if value is None:
        return "-"
    return "infinite" if math.isinf(value) else pattern.format(value)


def verdict_words(verdict: Verdict | None) -> str:
    """Return the verifier's verdict in a few words."""
    if verdict is None:
        return "no certificate"
    if not verdict.holds:
        return "FALSE"
    if verdict.optimal:
        return verdict.optimality
    if isinstance(verdict.value, dict):
        gap = _gap(read_fraction(verdict.value["t"]), read_fraction(verdict.bound["t"]))
        return f"holds, gap of t {gap}"
    if verdict.delivered_by_scenario:
        gap = _gap(read_fraction(verdict.value), read_fraction(verdict.bound))
        return f"holds, gap {gap}"
    if isinstance(verdict.value, str):
        nats = abs(read_float(verdict.value) - read_float(verdict.bound))
        return f"holds, gap {nats:.3g} nats"
    return f"holds, gap {_gap(Fraction(verdict.value), Fraction(verdict.bound))}"


def _gap(value: Fraction, bound: Fraction) -> str:
    return f"{100 * float((bound - value) / max(bound, Fraction(1))):.3g} %"


def sessions_row(evaluation: Evaluation | None) -> tuple[tuple[str, str], ...]:
    """Return the row that says how many sessions there are, where these count."""
    if evaluation is None or evaluation.sessions is None:
        return ()
    bits = evaluation.sessions
    return (("sessions (without key)", f"{len(bits):,} ({bits.count(0):,})"),)


def claim_words(claim: Mapping[str, Any], key: str) -> str:
    """Format the value or bound of a published claim, with its decimals."""
    decimals = claim.get("decimals", 0)
    if not decimals:
        return number_words(claim[key])
    whole, rest = divmod(claim[key], 10**decimals)
    return f"{whole:,}.{rest:0{decimals}}"


def number_words(number: object) -> str:
    """Format a value or a bound: whole bits, a quotient, ``t`` and total, or nats, shortened."""
    if isinstance(number, dict):
        return f"t {float(read_fraction(number['t'])):,.1f}, total {number['total']:,}"
    if isinstance(number, str) and "/" in number:
        exact = read_fraction(number)
        whole = exact.denominator == 1
        return f"{int(exact):,}" if whole else Estimate(float(exact), None).words
    if isinstance(number, str) and len(number.partition(".")[2]) > _MOST_DECIMALS:
        return f"{read_float(number):,.{_MOST_DECIMALS}g}"
    return f"{number:,}" if isinstance(number, int) else str(number)
