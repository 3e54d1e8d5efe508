"""Tuning constants of the solvers, in groups; no value of them can make a result wrong."""

from dataclasses import dataclass

from qkdopt.optimize.exchange.search_parameters import (
    LeastSearchParameters,
    MilpSearchParameters,
    ReceiverPriceParameters,
)


@dataclass(frozen=True)
class ColumnGenerationParameters:
    """When multipliers are good enough, and the step towards those of the restricted master.

    Attributes
    ----------
    tolerance
        Relative distance of bound and restricted master at which to stop.
    rounds
        Most rounds.
    step
        Of the way from the best multipliers to those of the master; all of it where that part
        brings no column (dual stabilisation).
    short_step
        The same where walks keep multipliers near good ones.
    """

    tolerance: float = 2e-7
    rounds: int = 600
    step: float = 0.7
    short_step: float = 0.3


@dataclass(frozen=True)
class BranchAndBoundParameters:
    """How long nodes are worked on.

    Attributes
    ----------
    step
        Of the way from a node's multipliers to those of the master.
    candidates, of_block, lookahead
        Strong branching: decisions tried at most, of each block, and one after the other without
        a better one.
    strong_rounds, strong_tolerance
        How well both children are solved for it.
    rounds, tolerance
        How well the nodes that are kept are solved; tolerances are relative.
    sharp
        Relative distance to the incumbent below which multipliers are sharpened.
    part_of_gap
        Part of the gap between a node's value and the incumbent that may stay.
    proof_steps
        About how many steps a verifier may take with the trees of a proof; it stops at some
        more. Trees that are larger are cut, at the price of a larger bound.
    """

    step: float = 0.7
    candidates: int = 40
    of_block: int = 6
    lookahead: int = 8
    strong_rounds: int = 2
    strong_tolerance: float = 1e-5
    rounds: int = 25
    tolerance: float = 1e-6
    sharp: float = 1e-7
    part_of_gap: float = 0.02
    proof_steps: float = 4.5e7


@dataclass(frozen=True)
class ColumnListParameters:
    """Which columns of each block are listed or sampled.

    Attributes
    ----------
    columns
        Listed for each block, twice as many of a sample.
    cells
        Of what a target gets: columns nearer than that count as the same; in turns.
    loss, least_loss, far
        Of the bound and in bits: columns that lose more are not listed; of a sample.
    apart
        Of the bound: bits that schedules leave out without being listed for it.
    samples, labelled_samples, rounds
        Longest paths of a sample, without and with operations; rounds of annealing over a list.
    """

    columns: int = 1000
    cells: tuple[float, float] = (5e-3, 1e-3)
    loss: float = 4e-3
    least_loss: float = 1e4
    far: float = 2e-2
    apart: float = 1e-5
    samples: int = 4000
    labelled_samples: int = 300
    rounds: int = 6


@dataclass(frozen=True)
class SharePoolParameters:
    """Which schedules of each block are sampled besides the restricted master's columns.

    Attributes
    ----------
    draws
        Longest paths at prices nearby.
    labelled_draws
        The same where operations make every path longer to find.
    """

    draws: int = 1000
    labelled_draws: int = 300


@dataclass(frozen=True)
class AnnealingParameters:
    """Sizes of the annealing among columns for rewards, levels and shares.

    Attributes
    ----------
    first_steps, most_steps
        Of one round; they double from round to round. For shares twice as many at most.
    cold, hot, warm
        Last heat as a part of the spread of values; first heats in units of the last one, in
        turns: far from the incumbent, and near it.
    """

    first_steps: int = 50_000
    most_steps: int = 1_000_000
    cold: float = 3e-6
    hot: float = 1000.0
    warm: float = 30.0


@dataclass(frozen=True)
class CutSearchParameters(AnnealingParameters):
    """Sizes of this annealing, in the same words, of its cuts and of penalties.

    Attributes
    ----------
    corrections
        Cuts that one round may add.
    dear
        Times its price: the penalty of a bit below a lower bound.
    """

    first_steps: int = 30_000
    most_steps: int = 500_000
    corrections: int = 6
    dear: float = 2.0


@dataclass(frozen=True)
class HybridParameters:
    """When schedules of blocks are listed, how individuals begin, and how time is shared.

    Attributes
    ----------
    long_block
        Active intervals; schedules of longer blocks are too many to list.
    columns, most_columns
        Schedules listed for each block, and for all together.
    cell
        Share of what a target gets: columns nearer than that count as the same.
    loss, least_loss
        What a column may lose: a share of the bound, and bits [bits].
    grain
        Share of the bound below which losses count as the same.
    groups
        Of blocks that have prices of their own, at most.
    penalty, least_mu
        What excess divergence takes from the fitness: so many times the relaxation's multiplier,
        which counts as at least ``least_mu`` [bits/nat and bit].
    seeded
        Individuals of the first generation that come from the relaxation.
    genes_s
        Work that goes to generations where time is limited [s]; the rest goes to local search.
    rating_s
        About what DEAP takes for an individual [s].
    rounds
        Of local search when there is no time limit.
    """

    long_block: int = 200
    columns: int = 400
    most_columns: int = 20_000
    cell: float = 5e-3
    loss: float = 2e-3
    least_loss: float = 1e4
    grain: float = 1e-5
    groups: int = 24
    penalty: float = 2.0
    least_mu: float = 0.05
    seeded: int = 20
    genes_s: float = 2.0
    rating_s: float = 3e-5
    rounds: int = 6


@dataclass(frozen=True)
class PolishParameters:
    """Heat and length of the local search over columns.

    Attributes
    ----------
    cold, hot
        Shares of the bound; hot ones in turn: near the start, and far from it.
    penalties
        Times the multiplier of the divergence, in turn.
    least_mu
        That multiplier is at least this.
    first_steps, most_steps
        Each round is twice as long as the one before.
    margin
        Distance that is kept from the divergence allowed [nats].
    """

    cold: float = 3e-6
    hot: tuple[float, float] = (3e-4, 3e-3)
    penalties: tuple[float, float] = (1.2, 3.0)
    least_mu: float = 0.05
    first_steps: int = 100_000
    most_steps: int = 2_000_000
    margin: float = 2e-12


@dataclass(frozen=True)
class SolverParameters:
    """All groups; a solver has those that the registry names.

    Attributes
    ----------
    column_generation, branch_and_bound
        Of every bound, and of decomposition.
    receiver_prices
        Of every bound where satellites share receivers.
    column_list, annealing, cut_search, share_pool, least_search, milp_search
        Heuristics of decomposition: columns that are listed, searches over them, and HiGHS.
    hybrid, polish
        Of the solver ``hybrid``.
    """

    column_generation: ColumnGenerationParameters = ColumnGenerationParameters()
    branch_and_bound: BranchAndBoundParameters = BranchAndBoundParameters()
    receiver_prices: ReceiverPriceParameters = ReceiverPriceParameters()  # noqa: RUF009 (frozen)
    column_list: ColumnListParameters = ColumnListParameters()
    annealing: AnnealingParameters = AnnealingParameters()
    cut_search: CutSearchParameters = CutSearchParameters()
    share_pool: SharePoolParameters = SharePoolParameters()
    least_search: LeastSearchParameters = LeastSearchParameters()  # noqa: RUF009 (frozen)
    milp_search: MilpSearchParameters = MilpSearchParameters()  # noqa: RUF009 (frozen)
    hybrid: HybridParameters = HybridParameters()
    polish: PolishParameters = PolishParameters()


USUAL = SolverParameters()
