"""Traffic weights as integers, so that optimality is an equality of integers."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from qkdopt.errors import InputError
from qkdopt.numerals import decimal_up_to

_MOST_DECIMALS = 12
_LARGEST_WEIGHT = 10**18  # before and after scaling; the sums over intervals are checked later


def exact_weights(given: Mapping[str, object], targets: Sequence[str], where: str) -> list[int]:
    """Return one integer weight per target, in the order of ``targets``.

    Decimal weights are all multiplied by the smallest power of ten that makes them whole.
    Binary floats are read as the shortest decimal that prints them.

    Parameters
    ----------
    given
        Weight by target name: integers, decimals, floats or decimal text, each >= 0.
    targets
        Names of the targets, shape ``(number of targets,)``.
    where
        File and key, for the error.

    Raises
    ------
    InputError
        For a target without weight, a weight without target, a value that is negative, not
        finite or not a number, and when all weights are zero.
    """
    known = set(targets)
    for name in given:
        if name not in known:
            raise InputError(where, name, f"weights of {', '.join(targets)} only")
    missing = [name for name in targets if name not in given]
    if missing:
        raise InputError(where, f"no weight for {', '.join(missing)}", "a weight for every target")
    expected = f"a weight between 0 and {_LARGEST_WEIGHT}"
    decimals = [
        decimal_up_to(_LARGEST_WEIGHT, given[name], f"{where}: {name}", expected)
        for name in targets
    ]
    places = max((_decimal_places(value) for value in decimals), default=0)
    if places > _MOST_DECIMALS:
        raise InputError(where, f"{places} decimals", f"at most {_MOST_DECIMALS} decimals")
    whole = [int(value.scaleb(places)) for value in decimals]
    if max(whole, default=0) > _LARGEST_WEIGHT:
        came = f"{max(decimals):g} beside a weight of {places} decimals"
        raise InputError(where, came, f"weights that fit {_LARGEST_WEIGHT:.0e} when made whole")
    if targets and not any(whole):
        raise InputError(where, "only zeros", "at least one weight > 0")
    return whole


def _decimal_places(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
