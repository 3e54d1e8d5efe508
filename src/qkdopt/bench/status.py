"""How a job ended, and its result."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from qkdopt.certificates import Certificate


class Status(StrEnum):
    """Why a record has the values that it has; whether they are right is the verifier's to say."""

    FINISHED = "finished"
    TIME_LIMIT = "time_limit"
    ITERATION_LIMIT = "iteration_limit"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
    REFUSED = "refused"
    LICENCE = "licence"
    KILLED_TIME = "killed_time"
    KILLED_MEMORY = "killed_memory"
    CRASHED = "crashed"


NO_CLAIM: Mapping[str, object] = MappingProxyType(
    {"value": None, "bound": None, "verified": None, "optimal": False, "findings": []}
)
"""What a record says of a claim where there is none."""


@dataclass
class JobOutcome:
    """Result of a job: how it ended, its certificate if any, times of phases, further facts."""

    ended: str
    certificate: Certificate | None = None
    reason: str = ""
    seconds: Mapping[str, float] = field(default_factory=dict)
    facts: Mapping[str, object] = field(default_factory=dict)
