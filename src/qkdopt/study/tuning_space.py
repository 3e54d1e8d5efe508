"""What is tuned: quantities with their ranges, and the keys of a scenario that they set.

Decoys of finite blocks are stated as parts, so that shares add up at every point of the ranges.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from qkdopt.errors import Described, InputError
from qkdopt.nearest import one_of
from qkdopt.physics import Scenario
from qkdopt.physics.scenario.finite_key import FiniteKey

Range: TypeAlias = tuple[float, float]

_INTENSITIES = {"source.signal_intensity": (0.2, 1.2), "source.decoy_intensity": (0.01, 0.19)}
_SHARE, _BIAS = {"source.signal_share": (0.05, 0.95)}, {"source.basis_bias": (0.5, 0.98)}
_BRIGHTNESS = {"entanglement.source.mean_pairs_per_window": (1e-3, 0.5)}

FINITE_RANGES: Mapping[str, Range] = {
    "signal_intensity": (0.05, 1.5),
    "decoy_ratio": (0.02, 0.9),
    "signal_share": (0.05, 0.98),
    "decoy_part": (0.05, 0.95),
    "basis_bias": (0.5, 0.98),
}
"""Least and greatest value of each quantity of ``[finite_key]``.

Mean photons of a signal; those of a decoy over it; share of pulses that are signals; decoys among
all other pulses, the rest being of the third intensity; probability of the basis that makes key.
"""

_WIDEST: Mapping[str, Range] = {"signal_intensity": (1e-3, 20.0)}
_OPEN = (1e-3, 0.999)
_TUNED = ("intensities", "shares", "key_basis_share")
_DECIMALS = 6  # of what is made of two quantities


@dataclass(frozen=True)
class Space:
    """Quantities, and the settings that they make.

    Attributes
    ----------
    limits
        Least and greatest value of each quantity.
    settings
        Returns values by dotted path of values by quantity.
    fixed
        Settings that stay, and without which the others mean something else.
    present
        The quantities as they are; empty where that is not known.
    """

    limits: Mapping[str, Range]
    settings: Callable[[Mapping[str, float]], dict[str, object]]
    fixed: Mapping[str, object]
    present: Mapping[str, float]


def tuned_by_default(scenario: Scenario) -> dict[str, Range]:
    """Return least and greatest value by path: of the intensities, and of what the file states.

    The share of signals is tuned where ``[source]`` states one of decoys or vacuum, the basis bias
    where it is stated: with no limit on the number of pulses their best values are the ends of
    any range.
    """
    found: dict[str, Range] = {}
    if scenario.station_links and (scenario.plugins is None or scenario.plugins.protocol is None):
        found |= _INTENSITIES
        stated = scenario.source
        found |= {} if stated.decoy_share is None and stated.vacuum_share is None else _SHARE
        found |= {} if stated.basis_bias is None else _BIAS
    pairs = scenario.entanglement
    if pairs is not None and pairs.source.pair_rate_counts == "attempts":
        found |= _BRIGHTNESS
    return found


def tuning_space(scenario: Scenario, bounds: Mapping[str, Range] | None, *, finite: bool) -> Space:
    """Return what is tuned; by default all that the scenario has.

    Raises
    ------
    InputError
        For an unknown name, with the nearest, ranges that a scenario file may not hold, and finite
        keys without ``[finite_key]``.
    """
    if finite:
        return _finite_space(scenario, bounds)
    limits = tuned_by_default(scenario) if bounds is None else dict(bounds)
    _check_order(limits)
    for end in (0, 1):
        ends = {path: pair[end] for path, pair in limits.items()}
        scenario.with_settings(_with_other_shares(scenario, ends))
    return Space(limits, lambda values: _with_other_shares(scenario, values), {}, {})


def _check_order(limits: Mapping[str, Range]) -> None:
    if not limits:
        raise InputError("tune", Described("nothing to tune"), "bounds of at least one setting")
    for path, (low, high) in limits.items():
        if not low < high:
            raise InputError(f"bounds of {path}", f"{low}:{high}", "least < greatest")


def _with_other_shares(scenario: Scenario, settings: Mapping[str, float]) -> dict[str, object]:
    """Return settings with the shares of decoys and vacuum, as they were to one another."""
    source, signal = scenario.source, settings.get("source.signal_share")
    stated = {"decoy_share": source.decoy_share, "vacuum_share": source.vacuum_share}
    shares = {name: share for name, share in stated.items() if share is not None}
    total = sum(shares.values())
    if signal is None or not total:
        return dict(settings)
    others = {f"source.{name}": (1 - signal) * share / total for name, share in shares.items()}
    return {**settings, **others}


def _finite_space(scenario: Scenario, bounds: Mapping[str, Range] | None) -> Space:
    own = scenario.finite_key
    if own is None:
        raise InputError(f"{scenario.origin}: finite_key", "nothing", "a table [finite_key]")
    now = _present(own) if scenario.station_links else {}
    limits = {name: FINITE_RANGES[name] for name in now} if bounds is None else dict(bounds)
    for name, (low, high) in limits.items():
        if name not in now:
            raise InputError("tune [finite_key]", name, one_of(now, name, likeness=0.6))
        least, most = _WIDEST.get(name, _OPEN)
        if low < high and not least <= low < high <= most:
            expected = f"{least:g} <= least < greatest <= {most:g}"
            raise InputError(f"bounds of {name}", f"{low}:{high}", expected)
    _check_order(limits)
    stated = {"proof", "block", *own.model_fields_set} - {*_TUNED}
    fixed = {
        f"finite_key.{key}": getattr(own, key) for key in type(own).model_fields if key in stated
    }
    return Space(limits, lambda values: _finite_settings(own, {**now, **values}), fixed, now)


def _present(own: FiniteKey) -> dict[str, float]:
    """Return the quantities of ``[finite_key]`` as they are."""
    intensities, (signal, decoy, *third) = own.intensities, own.shares
    return {
        "signal_intensity": intensities[0],
        "decoy_ratio": intensities[1] / intensities[0],
        "signal_share": signal,
        **({"decoy_part": decoy / (decoy + third[0])} if third else {}),
        "basis_bias": own.key_basis_share,
    }


def _finite_settings(own: FiniteKey, values: Mapping[str, float]) -> dict[str, object]:
    """Return the keys of ``[finite_key]`` that quantities make."""
    signal, share = (round(values[f"signal_{key}"], _DECIMALS) for key in ("intensity", "share"))
    decoy = round(signal * values["decoy_ratio"], _DECIMALS)
    decoys = round((1.0 - share) * values.get("decoy_part", 1.0), _DECIMALS)
    others = [round(1.0 - share - decoys, _DECIMALS)] if "decoy_part" in values else []
    return {
        "finite_key.intensities": [signal, decoy, *own.intensities[2:]],
        "finite_key.shares": [share, decoys, *others],
        "finite_key.key_basis_share": round(values["basis_bias"], _DECIMALS),
    }
