"""Trees of branch and bound from a root; those of services grow anew as fewer bits are enough."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from qkdopt.arrays import Integers
from qkdopt.optimize.decomposition.branch_and_bound import BranchAndBound
from qkdopt.optimize.decomposition.column_generation import LagrangianBound
from qkdopt.optimize.decomposition.proof import TRIED, steps_of_tree
from qkdopt.optimize.decomposition.service_bound import ServicePaths, of_services
from qkdopt.optimize.exchange.parameters import SolverParameters

_UNPROVED = 1e-12  # relative: by so much a root bound in floating point may be too low
_LARGER = 1.25  # times the tree of the last check
_FALLEN = 0.3  # of the gap of a tree of services: then they are counted anew


class GrowingTree:
    """A tree, and the root that it has; where that is of services, a plain one comes after it.

    Attributes
    ----------
    tree
        The last one grown.
    """

    def __init__(
        self,
        root: LagrangianBound,
        plain: LagrangianBound,
        stop: Callable[[], bool],
        parameters: SolverParameters,
    ) -> None:
        self._root, self._plain, self._stop, self._parameters = root, plain, stop, parameters
        self._checked, self._full = 0.0, False
        self.tree = self._planted(root)

    def full(self, incumbent: float) -> bool:
        """Say whether the tree is as large as a proof can be: to split nodes then is in vain.

        How many leaves share their multipliers is known once they are chosen, so that is done
        again whenever the tree may have become too large.
        """
        tree, most = self.tree, self._parameters.branch_and_bound.proof_steps
        if tree.verification_steps > max(most, self._checked):
            kept = max(tree.bound, incumbent)
            objective = tree.root.multipliers.objective
            steps = steps_of_tree(tree, objective, kept)
            tree.count_paths(TRIED * (tree.expanded + 1))
            self._full = steps > most
            self._checked = tree.verification_steps * max(_LARGER, most / steps)
        return self._full

    def spent(self, most: float) -> bool:
        """Say whether a tree of services can show no more, or has so many nodes.

        It leaves out bits that are more than enough, and these may be what no split can settle.
        """
        tree = self.tree
        return isinstance(tree.pricing, ServicePaths) and (tree.stuck or tree.expanded >= most)

    def begin_plain(self) -> None:
        """Begin a tree that counts all bits."""
        effort_s = self.tree.effort_s
        self.tree = self._planted(self._plain)
        self.tree.effort_s = effort_s

    def _planted(self, root: LagrangianBound) -> BranchAndBound:
        self._checked, self._full = 0.0, False
        value = (priced := root.priced()) + _UNPROVED * max(1.0, abs(priced))
        return BranchAndBound(
            root.master, root.pricing, root.multipliers, value, root.scale, self._stop,
            self._parameters.branch_and_bound,
        )  # fmt: skip

    def tighten(self, incumbent: float, offer: Callable[[Integers], object]) -> None:
        """Grow a tree of services anew once its bound has fallen a good part of the way.

        The fewer bits are enough for more than the bound, the less services gain. ``offer`` takes
        the schedules on the way.
        """
        tree, before = self.tree, float(self._root.value)
        part = before - tree.bound < _FALLEN * (before - incumbent)
        if not isinstance(tree.pricing, ServicePaths) or part or tree.exhausted:
            return
        bound = tree.root.multipliers.objective.round_down(Fraction(tree.bound))
        self._root = replace(self._root, value=bound)
        root = of_services(self._root, bound, offer, self._stop)
        if root is None or self._stop():
            return
        anew = self._planted(root)
        anew.warm_start_from(tree.root, incumbent)
        anew.effort_s += tree.effort_s
        if anew.bound < tree.bound and not self._stop():
            self.tree = anew
        else:
            tree.effort_s = anew.effort_s
