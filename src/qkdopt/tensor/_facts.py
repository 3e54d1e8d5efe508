"""What is said of a key tensor, in one line and in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qkdopt.timegrid import plain_decimal

if TYPE_CHECKING:
    from qkdopt.tensor.key_tensor import KeyTensor


def size_of(keys: KeyTensor) -> str:
    """Return the size, the length of an interval and the sum over each interval's best link."""
    return (
        f"{len(keys.links)} links, {keys.interval.size} active intervals of "
        f"{plain_decimal(keys.interval_s)} s, at most {_best(keys):,} bits{_blocks(keys)}"
    )


def facts_of(keys: KeyTensor) -> list[tuple[str, object]]:
    """Return (name, value) of what there is to say, in order."""
    rows: list[tuple[str, object]] = [
        ("links", ", ".join(keys.links)),
        ("active intervals", keys.interval.size),
        ("interval [s]", plain_decimal(keys.interval_s)),
        ("hand-over [s]", plain_decimal(keys.switch_s)),
        ("interval 0 begins", keys.start_utc or "unknown"),
        ("bits of each interval's best link", _best(keys)),
    ]
    if keys.sessions is not None:
        rows.append(("finite keys", f"of {keys.sessions.bits.size:,} possible sessions"))
    if keys.scenarios is not None:
        rows.append(("cloud scenarios", len(keys.scenarios)))
    return rows


def _best(keys: KeyTensor) -> int:
    return int(keys.bits.max(axis=0).sum()) if keys.bits.size else 0


def _blocks(keys: KeyTensor) -> str:
    if keys.scenarios is not None:
        return f", in {len(keys.scenarios):,} scenarios"
    return "" if keys.sessions is None else f", keys of {keys.sessions.bits.size:,} sessions"
