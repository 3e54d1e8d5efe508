"""Whose turn it is: primal heuristics or branching."""

from dataclasses import dataclass

from qkdopt.optimize.decomposition.branch_and_bound import BranchAndBound
from qkdopt.optimize.decomposition.primal_heuristics import WorkShares

_FAR_FADING = 0.9


@dataclass
class Turns:
    """Work of primal heuristics and of branching so far [s], counted, not measured.

    Attributes
    ----------
    runs
        How often heuristics have run.
    searched_s, begun_s
        Their work since branching began, and what all had cost by then.
    share, far_share
        Of the work that they may have now, and the least of it where the gap is large.
    """

    runs: int = 0
    searched_s: float = 0.0
    begun_s: float = 0.0
    share: float = 0.0
    far_share: float = 0.0

    def begin(self, work: WorkShares, effort_s: float) -> None:
        """Begin to count where branching does."""
        self.searched_s, self.begun_s, self.share = 0.0, effort_s, work.share
        self.far_share = work.far_share

    def due(self, work: WorkShares, tree: BranchAndBound, effort_s: float, *, near: bool) -> bool:
        """Say whether heuristics have had less than their share of all work so far [s].

        ``near``: the gap is small. The time limit plays no part: a longer run goes the way of a
        shorter one, and farther.
        """
        spent_s = effort_s - self.begun_s
        if not self.runs:
            head_start_s = work.head_start_s if near else work.head_start_without_s
            begun = spent_s >= head_start_s or tree.expanded >= work.head_start_nodes
            return tree.exhausted or begun
        share = self.share if near else max(self.share, self.far_share)
        return self.searched_s < share * spent_s

    def count(self, work: WorkShares, effort_s: float, *, better: bool) -> None:
        """Count a run of heuristics; they have their share anew if it found better, else less."""
        self.runs += 1
        self.searched_s += effort_s
        faded = max(work.least_share, work.fading * self.share)
        self.share = work.share if better else faded
        self.far_share = work.far_share if better else _FAR_FADING * self.far_share
