"""MiniZinc data of the scheduler by Polnik and others: the files of their "quake" repository.

    STATION             names; the entry None stands for "no station"
    switch_duration     seconds of a hand-over
    step_duration       seconds of a sample
    time_offset         seconds of each sample, increasing; leaps are times without contact
    transfer_share      share of the traffic of each station: becomes the weights
    initial_buffer      bits that each station has beforehand: becomes the stock
    key_consumption     what each station consumes: carried as information
    key_rate            secret bits per second, [| station by station | ... |], one column a sample
    start_time          the instant of offset 0; needed with a cloud table only

Arrays over STATION have an entry for None, or leave it out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import floor, lcm
from os import PathLike
from pathlib import Path

import numpy as np

from qkdopt.errors import InputError
from qkdopt.interop.dzn import Table, read_dzn
from qkdopt.interop.quake_clouds import CloudTable, after, start_time
from qkdopt.names import first_repeated
from qkdopt.optimize.problem import Link, SchedulingProblem
from qkdopt.tensor import KeyTensor, exact_weights
from qkdopt.timegrid import decimal_seconds, plain_decimal

_NOBODY = "None"
_MOST_SAMPLES = 10**7
_LARGEST_RATE = Decimal(10) ** 15
_SMALLEST = -30


def import_quake(
    path: str | PathLike[str],
    interval_s: object | None = None,
    clouds: str | PathLike[str] | Sequence[str | PathLike[str]] | None = None,
) -> SchedulingProblem:
    """Return the scheduling problem of a data file.

    Parameters
    ----------
    path
        A ``.dzn`` file.
    interval_s
        Length of an interval [s], a multiple of ``step_duration``, which is the default. Bins
        begin at the first sample of each contiguous run of samples; the last bin of a run may
        hold fewer. An interval's bits are the floor of the sum of its samples' rate times
        ``step_duration``. Indices of intervals count whole intervals, such that between runs there
        are never more free intervals than there is time.
    clouds
        A cloud table of that project (``.csv``), see :mod:`qkdopt.interop.quake_clouds`; without
        one the sky is clear, as in the data file itself. Several tables are equally likely cloud
        scenarios of a problem in version 2.

    Raises
    ------
    InputError
        For a file that is not such data: what is missing, of the wrong shape (a table that
        is transposed, rows that differ in length), negative, or does not fit.
    """
    where = str(path)
    data = read_dzn(path)
    stations, nobody = _stations(data, where)
    step = _seconds(data, "step_duration", where, positive=True)
    length = step if interval_s is None else decimal_seconds(interval_s, "interval", positive=True)
    if Fraction(length) % Fraction(step):
        raise InputError("interval", str(length), f"a multiple of step_duration = {step} s")
    offsets = _offsets(data, step, where)
    rates = _rates(data, len(stations), nobody, len(offsets), where)
    bins = _bins(offsets, step, length)
    tables = [clouds] if clouds is None or isinstance(clouds, str | PathLike) else [*clouds]
    each = [
        KeyTensor.create(
            [_bits(*row, bins, Fraction(step)) for row in zip(rates, clear, strict=True)],
            [index for index, _ in bins],
            stations,
            interval_s=length,
            switch_s=_seconds(data, "switch_duration", where),
            where=where,
        )
        for clear in _clear_shares(data, stations, offsets, tables or [None], where)
    ]
    keys = each[0]
    if len(each) > 1:
        keys = keys.in_scenarios(np.stack([one.bits for one in each]), where=where)
    shares = _per_station(data, "transfer_share", stations, nobody, where)
    weights = exact_weights(dict(zip(stations, shares, strict=True)), stations,
                            f"{where}: transfer_share")  # fmt: skip
    links = [Link(name, target) for target, name in enumerate(stations)]
    problem = SchedulingProblem.create(keys.without_empty_intervals(), links, stations, weights)
    return replace(
        problem,
        stock=_stock(data, stations, nobody, where),
        information=_information(data, stations, nobody, tables, where),
    )


def _get(data: dict[str, object], key: str, where: str) -> object:
    if key not in data:
        raise InputError(f"{where}: {key}", "nothing", "a value")
    return data[key]


def _stations(data: dict[str, object], where: str) -> tuple[tuple[str, ...], int]:
    """Return the names without None, and the place of None."""
    names = _get(data, "STATION", where)
    if not isinstance(names, tuple) or not all(isinstance(name, str) for name in names):
        raise InputError(f"{where}: STATION", names, "a list of names such as {None, London}")
    twice = first_repeated(names)
    if twice is not None:
        raise InputError(f"{where}: STATION", str(twice), "names that are all different")
    if _NOBODY not in names:
        raise InputError(f"{where}: STATION", "no entry None", "None among the stations")
    if len(names) == 1:
        raise InputError(f"{where}: STATION", "None alone", "at least one station")
    return tuple(str(name) for name in names if name != _NOBODY), names.index(_NOBODY)


def _seconds(data: dict[str, object], key: str, where: str, *, positive: bool = False) -> Decimal:
    value = _get(data, key, where)
    return decimal_seconds(value, f"{where}: {key}", positive=positive)


def _offsets(data: dict[str, object], step: Decimal, where: str) -> list[Decimal]:
    values = _get(data, "time_offset", where)
    if not isinstance(values, tuple) or not 0 < len(values) <= _MOST_SAMPLES:
        raise InputError(f"{where}: time_offset", _words(values), "a list of seconds")
    offsets = [
        decimal_seconds(value, f"{where}: time_offset[{i + 1}]") for i, value in enumerate(values)
    ]
    for i in range(1, len(offsets)):
        if offsets[i] - offsets[i - 1] < step:
            came = f"{offsets[i]} after {offsets[i - 1]}"
            expected = f"samples at least step_duration = {step} s apart"
            raise InputError(f"{where}: time_offset[{i + 1}]", came, expected)
    return offsets


def _rates(
    data: dict[str, object], stations: int, nobody: int, samples: int, where: str
) -> list[tuple[Decimal, ...]]:
    table = _get(data, "key_rate", where)
    if not isinstance(table, Table):
        raise InputError(f"{where}: key_rate", _words(table), "a table [| ... |]")
    place = f"{where}:{table.line}: key_rate"
    rows = table.rows
    shape = f"{stations} rows (or {stations + 1} with None) of {samples} samples"
    widths = {len(row) for row in rows}
    if len(widths) != 1:
        odd = next(i for i, row in enumerate(rows) if len(row) != samples) if rows else 0
        came = f"{len(rows[odd])} values in row {odd + 1}" if rows else "no rows"
        raise InputError(place, came, shape)
    (width,) = widths
    if width != samples or len(rows) not in (stations, stations + 1):
        turned = len(rows) == samples and width in (stations, stations + 1)
        came = f"{len(rows)} rows of {width} values{' (transposed)' if turned else ''}"
        raise InputError(place, came, shape)
    for i, row in enumerate(rows):
        for j, rate in enumerate(row):
            if not isinstance(rate, Decimal) or not 0 <= rate <= _LARGEST_RATE:
                came = str(rate)
                raise InputError(f"{place}[{i + 1}, {j + 1}]", came, "bits per second >= 0")
            if rate and rate.adjusted() < _SMALLEST:
                expected = f"0, or at least 1e{_SMALLEST} bits per second"
                raise InputError(f"{place}[{i + 1}, {j + 1}]", str(rate), expected)
    if len(rows) > stations:
        if any(rows[nobody]):
            raise InputError(f"{place}[{nobody + 1}]", "key for None", "zeros only")
        rows = (*rows[:nobody], *rows[nobody + 1 :])
    return list(rows)


def _clear_shares(
    data: dict[str, object],
    stations: Sequence[str],
    offsets: Sequence[Decimal],
    tables: Sequence[str | PathLike[str] | None],
    where: str,
) -> Iterator[list[list[Fraction]]]:
    """Yield by station and sample what each table's clouds leave of the rate, from 0 to 1."""
    for path in tables:
        if path is None:
            yield [[Fraction(1)] * len(offsets)] * len(stations)
            continue
        start = start_time(_get(data, "start_time", where), f"{where}: start_time")
        instants = [after(start, offset, f"{where}: time_offset") for offset in offsets]
        table = CloudTable(path)
        yield [[table.clear_share(name, instant) for instant in instants] for name in stations]


def _bits(
    rates: Sequence[Decimal],
    shares: Sequence[Fraction],
    bins: Sequence[tuple[int, list[int]]],
    step: Fraction,
) -> list[int]:
    """Return the floor of rate times step, summed exactly over the samples of each bin."""
    exact = [
        (Fraction(rate) * share).as_integer_ratio()
        for rate, share in zip(rates, shares, strict=True)
    ]
    common = lcm(*(denominator for _, denominator in exact))
    whole = [numerator * (common // denominator) for numerator, denominator in exact]
    return [
        sum(whole[i] for i in members) * step.numerator // (common * step.denominator)
        for _, members in bins
    ]


def _bins(
    offsets: Sequence[Decimal], step: Decimal, length: Decimal
) -> list[tuple[int, list[int]]]:
    """Return (index, samples) of each bin; see `import_quake`."""
    per_bin = int(length / step)
    bins: list[tuple[int, list[int]]] = []
    for i, offset in enumerate(offsets):
        if i and offset - offsets[i - 1] == step:
            if len(bins[-1][1]) < per_bin:
                bins[-1][1].append(i)
            else:
                bins.append((bins[-1][0] + 1, [i]))
            continue
        index = floor(Fraction(offset) / Fraction(length))
        if bins:
            free = floor(Fraction(offset - offsets[i - 1] - step) / Fraction(length))
            last = bins[-1][0]
            index = max(last + 1, min(index, last + 1 + free))
        bins.append((index, [i]))
    return bins


def _per_station(
    data: dict[str, object], key: str, stations: Sequence[str], nobody: int, where: str
) -> tuple[Decimal, ...]:
    values = _get(data, key, where)
    count = len(stations)
    if not isinstance(values, tuple) or len(values) not in (count, count + 1):
        expected = f"{count} numbers (or {count + 1} with None)"
        raise InputError(f"{where}: {key}", _words(values), expected)
    for i, value in enumerate(values):
        if not isinstance(value, Decimal) or value < 0:
            raise InputError(f"{where}: {key}[{i + 1}]", str(value), "a number >= 0")
    if len(values) > count:
        if values[nobody]:
            raise InputError(f"{where}: {key}[{nobody + 1}]", str(values[nobody]), "0 for None")
        values = (*values[:nobody], *values[nobody + 1 :])
    return values


def _stock(
    data: dict[str, object], stations: Sequence[str], nobody: int, where: str
) -> tuple[int, ...]:
    values = _per_station(data, "initial_buffer", stations, nobody, where)
    for name, value in zip(stations, values, strict=True):
        if value != value.to_integral_value() or value > 2**62:
            raise InputError(f"{where}: initial_buffer: {name}", str(value), "whole bits")
    return tuple(map(int, values))


def _information(
    data: dict[str, object],
    stations: Sequence[str],
    nobody: int,
    tables: Sequence[str | PathLike[str] | None],
    where: str,
) -> dict[str, str]:
    values = _per_station(data, "key_consumption", stations, nobody, where)
    named = (f"{n}={plain_decimal(v)}" for n, v in zip(stations, values, strict=True))
    facts = {"imported_from": "quake", "key_consumption": ", ".join(named)}
    names = ", ".join(Path(table).name for table in tables if table is not None)
    return {**facts, "clouds": names} if names else facts


def _words(value: object) -> str:
    return f"a list of {len(value)}" if isinstance(value, tuple) else str(value)
