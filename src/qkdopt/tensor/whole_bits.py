"""Bits by target, or by pair of targets, from user input: stock, demand, lower bounds, traffic."""

from collections.abc import Mapping, Sequence
from itertools import combinations

from qkdopt.errors import InputError
from qkdopt.numerals import decimal_up_to

_MOST = 2**62


def whole_bits(
    given: Mapping[str, object], targets: Sequence[str], where: str, *, everyone: bool = False
) -> tuple[int, ...]:
    """Return whole bits for every target, in the order of ``targets``.

    Parameters
    ----------
    given
        Whole numbers >= 0 by target name, as integers, decimals or text.
    where
        What it is, for the error.
    everyone
        Whether every target must be named; otherwise those that are not get 0.

    Raises
    ------
    InputError
        For an unknown target, a missing one, and anything but whole numbers >= 0.
    """
    _check_names(given, targets, where, everyone=everyone)
    return tuple(_whole_number(given.get(name, 0), f"{where}: {name}") for name in targets)


def _whole_number(value: object, where: str) -> int:
    """Return a whole number of bits, as an integer, a decimal or text states it.

    Raises
    ------
    InputError
        For anything but a whole number from 0 to 2^62.
    """
    expected = f"a whole number of bits, 0 to {_MOST}"
    number = decimal_up_to(_MOST, value, where, expected)
    if number != number.to_integral_value():
        raise InputError(where, value, expected)
    return int(number)


def whole_traffic(
    given: Mapping[str, Mapping[str, object]], targets: Sequence[str], where: str
) -> tuple[tuple[int, ...], ...]:
    """Return the demand of each pair of targets in shared bits, in the order of ``targets``.

    Parameters
    ----------
    given
        For every target its row: whole bits >= 0 by the other target's name, the same both
        ways, 0 for a target with itself.
    where
        What it is, for the error.

    Returns
    -------
    tuple of tuple of int
        Symmetric, shape ``(targets, targets)``, with zeros on the diagonal.

    Raises
    ------
    InputError
        For an unknown or a missing target, a matrix that is not square, has something on its
        diagonal or is not symmetric, a number that is not whole or negative, and only zeros.
    """
    if not isinstance(given, Mapping):
        raise InputError(where, given, "a row of bits for every target")
    _check_names(given, targets, where)
    rows = []
    for name in targets:
        row = given[name]
        if not isinstance(row, Mapping):
            raise InputError(f"{where}: row {name}", row, "bits by the other target's name")
        _check_names(row, targets, f"{where}: row {name}")
        rows.append(
            [_whole_number(row[other], f"{where}: {name} with {other}") for other in targets]
        )
    for n, name in enumerate(targets):
        if rows[n][n]:
            raise InputError(f"{where}: {name} with {name}", rows[n][n], "0 on the diagonal")
    for i, j in combinations(range(len(targets)), 2):
        if rows[i][j] != rows[j][i]:
            came = f"{rows[i][j]} one way and {rows[j][i]} the other"
            raise InputError(f"{where}: {targets[i]} with {targets[j]}", came, "the same both ways")
    if not any(map(any, rows)):
        raise InputError(where, "only zeros", "at least one pair with demand")
    return tuple(map(tuple, rows))


def _check_names(
    given: Mapping[str, object], targets: Sequence[str], where: str, *, everyone: bool = True
) -> None:
    known = set(targets)
    for name in given:
        if name not in known:
            raise InputError(where, name, f"targets among {', '.join(targets)}")
    missing = [name for name in targets if name not in given]
    if missing and everyone:
        raise InputError(where, f"nothing for {', '.join(missing)}", "bits for every target")


def gravity_traffic(
    weights: Mapping[str, int], total_bits: int, where: str = "traffic"
) -> dict[str, dict[str, int]]:
    """Return traffic in proportion to the product of two targets' weights.

    The demand of pair ``i, j`` is ``floor(total_bits w_i w_j / sum_{k < l} w_k w_l)`` shared bits.

    Parameters
    ----------
    weights
        Whole weights >= 0 by target name.
    total_bits
        Total demand of all pairs; each shared bit takes one bit at either end.

    Raises
    ------
    InputError
        When fewer than two weights are positive, or the total is no whole number > 0.
    """
    if isinstance(total_bits, bool) or not isinstance(total_bits, int) or total_bits <= 0:
        raise InputError(where, total_bits, "a whole number of bits > 0")
    products = {pair: weights[pair[0]] * weights[pair[1]] for pair in combinations(weights, 2)}
    everything = sum(products.values())
    if not everything:
        raise InputError(where, "fewer than two weights > 0", "two targets that have traffic")
    rows = {name: dict.fromkeys(weights, 0) for name in weights}
    for (one, other), product in products.items():
        rows[one][other] = rows[other][one] = total_bits * product // everything
    return rows
