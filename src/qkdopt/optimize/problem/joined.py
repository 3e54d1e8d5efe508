"""Several satellites in a problem laid out as that of one: what belongs to which."""

from dataclasses import dataclass

from qkdopt.arrays import Integers
from qkdopt.optimize.operations import Operations


@dataclass(frozen=True, eq=False, kw_only=True)
class Joined:
    """Whose each active interval is, and the rules of each satellite.

    ``A`` active intervals of all satellites.

    Attributes
    ----------
    satellite, interval, passes
        Of each active interval: whose it is, its global index, and its pass, numbered across
        satellites; shape ``(A,)``.
    begin
        First active interval of each run, of one satellite, whose schedules combine freely with
        those of all others (but for shared receivers), then ``A``.
    operations
        Of each satellite, about links as they are laid out; cells that have to be served, or
        must not be, are in those of the one satellite.
    stretch
        By what each satellite's time is multiplied.
    """

    satellite: Integers
    interval: Integers
    passes: Integers
    begin: Integers
    operations: tuple[Operations, ...]
    stretch: tuple[int, ...]

    def within_block(self, interval: int, tau: int) -> bool:
        """Say whether an interval is surely in one block with its neighbours, to the verifier.

        It is not where its satellite's hand-overs take no time; ``tau`` is that of the one.
        """
        s = int(self.satellite[interval])
        return self.stretch[s] <= tau and self.operations[s].switch_matrix_s is None
