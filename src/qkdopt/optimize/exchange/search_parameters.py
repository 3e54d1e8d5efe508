"""Tuning constants of searches: for prices of receivers, for least divergence, and by HiGHS."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ReceiverPriceParameters:
    """How prices of shared receivers are improved, and how often schedules are looked for.

    Attributes
    ----------
    sweeps
        Longest paths for each call.
    first_sweeps
        The same for the first call.
    rough_sweeps
        The same for every call at gains that are not whole: they change from call to call.
    component_sweeps
        The same for a component by itself, under decisions or before its linear programme.
    deflection
        Part of the last direction that a new one keeps.
    step, fading, patience
        First factor of Polyak's step, what it is multiplied by after so many sweeps in which a
        component's bound did not fall.
    rounds
        How often blocks are served anew for each schedule.
    schedules_every
        Sweeps between two looks for schedules.
    slow, looks
        No more sweeps once so many looks have left more than this part of the gap.
    """

    sweeps: int = 10
    first_sweeps: int = 4000
    rough_sweeps: int = 40
    component_sweeps: int = 60
    deflection: float = 0.4
    step: float = 1.2
    fading: float = 0.8
    patience: int = 12
    rounds: int = 3
    schedules_every: int = 20
    slow: float = 0.9
    looks: int = 10


@dataclass(frozen=True)
class LeastSearchParameters:
    """How near the next schedule has to be, and how long the search for it may take.

    Attributes
    ----------
    near
        Nats between bound and incumbent below which only branching helps.
    first_step
        Of the total, relative: so much of it the first search may miss.
    first_part
        Of the way from bound to incumbent: the first step where the required total costs nothing.
    first_effort_s, most_effort_s
        Work of a search [s]; it doubles from search to search.
    usual_cells
        Links times intervals, below which searches begin with less work where satellites share
        receivers.
    walks, in_vain
        Walks about the incumbent in one go, and how many of them may find nothing.
    part
        Of the way to the bound that the first walk has to make.
    """

    near: float = 1e-9
    first_step: float = 3e-4
    first_part: float = 0.125
    first_effort_s: float = 1.0
    most_effort_s: float = 60.0
    usual_cells: int = 30_000
    walks: int = 8
    in_vain: int = 3
    part: float = 0.3


@dataclass(frozen=True)
class MilpSearchParameters:
    """Where HiGHS searches beside the other heuristics, and how much of their work it gets.

    Attributes
    ----------
    enabled
        Whether it does at all; it did not pay, see ``benchmarks/decisions/milp_search.py``.
    most_cells
        Links times intervals with bits, beyond which it does not.
    share
        Of the work of heuristics.
    least_share
        Of all work that heuristics keep where it does.
    after_s
        Work of the others before it begins [s].
    patience
        Steps after which it may begin again at a better incumbent; doubled each time.
    """

    enabled: bool = False
    most_cells: int = 2500
    share: float = 0.5
    least_share: float = 0.2
    after_s: float = 0.2
    patience: int = 500
