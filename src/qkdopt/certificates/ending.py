"""How work ended that came back before it was done."""

from __future__ import annotations

from qkdopt.certificates.outcome import Ended
from qkdopt.deadline import Deadline

__all__ = ["ended_at", "ended_by"]


def ended_at(deadline: Deadline) -> Ended:
    """Return how work ended whose deadline has expired."""
    return Ended.INTERRUPTED if deadline.stop_requested else Ended.TIME_LIMIT


def ended_by(stopped: BaseException, deadline: Deadline) -> Ended:
    """Return how work ended by an exception: whatever it is a part of stops, too, on Ctrl-C."""
    if isinstance(stopped, KeyboardInterrupt):
        deadline.request_stop()
    return ended_at(deadline)
