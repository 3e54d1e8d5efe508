"""Options about uncertain clouds: which skies are possible, and which are a surprise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

from qkdopt.cli.bounded import whole
from qkdopt.cli.options import option
from qkdopt.effort import LARGEST_SEED
from qkdopt.errors import InputError

if TYPE_CHECKING:
    from qkdopt.optimize.risk import Risk

CloudsOption: TypeAlias = Annotated[
    list[str] | None,
    option(
        "--clouds",
        "FILE | N",
        "Possible skies over a scenario, in place of its own clouds: files of cloud ensembles "
        "(may be repeated), or how many SYNTHETIC ones to draw.",
    ),
]
MarginalOption: TypeAlias = Annotated[
    str | None,
    option(
        "--marginal",
        "NAME | CLEAR,OVERCAST",
        "How often drawn skies are clear and overcast: mild (50 % and 5 %, the default), heavy "
        "(30 % and 35 %), or two shares.",
    ),
]
CloudsSeedOption: TypeAlias = Annotated[
    int,
    option(
        "--clouds-seed",
        "N",
        "Random seed of drawn skies; fresh ones have another stream of it.",
        whole(0, LARGEST_SEED),
        shown=True,
    ),
]
AlphaOption: TypeAlias = Annotated[
    str | None,
    option(
        "--alpha",
        "SHARE",
        "In cloud scenarios: value the mean of the worst SHARE of them (CVaR), above 0 to 1.",
    ),
]
RiskShareOption: TypeAlias = Annotated[
    str | None,
    option(
        "--risk-share",
        "SHARE",
        "With --alpha: how much those worst count beside the expectation, 0 to 1; 1 by default.",
    ),
]
FreshOption: TypeAlias = Annotated[
    str | None,
    option(
        "--fresh",
        "FILE | N",
        "Other possible skies, as for --clouds; for a file of bits in scenarios another such "
        "file: what the schedule keeps of its value in them.",
    ),
]


def risk_of(alpha: str | None, share: str | None) -> Risk | None:
    """Return the risk of ``--alpha`` and ``--risk-share``; ``None`` where neither is given.

    Raises
    ------
    InputError
        For numbers out of range, and a share without ``--alpha``.
    """
    from qkdopt.optimize.risk import Risk

    if alpha is None:
        if share is not None:
            raise InputError("--risk-share", share, "none without --alpha")
        return None
    return Risk(alpha, "1" if share is None else share)
