"""The table ``[finite_key]``: how keys of finite blocks are proved, and what a block is.

Intensities, shares and the share of the key basis are those of the source while it makes such
blocks; defaults are those that SatQuMA ships (its file ``input-noopt-readloss.txt``). Links to
pairs of stations keep the source of ``[entanglement]``, and have a proof of their own.
"""

from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Gt, Le, Lt

from qkdopt.errors import InputError
from qkdopt.physics.finite_key_rules import PROOFS, checked_source
from qkdopt.physics.scenario.validation import plain
from qkdopt.physics.scenario.values import Number, Part, default

Block = Literal["session", "pass", "night", "horizon"]
"""What makes one block of key: an uninterrupted service, a contact of a link, a night, or all."""

_OF_PAIRS = ("pair_proof", "pair_check_share")
_OF_STATIONS = ("proof", "bound", "intensities", "shares", "key_basis_share")
_SATQUMA = "SatQuMA 2.0.0-beta, its settings that are not optimised"


class FiniteKey(Part):
    """Keys of finite blocks, of decoy-state BB84 and of entangled pairs; off without this table."""

    absent_by_default: ClassVar[frozenset[str]] = frozenset(_OF_PAIRS)

    proof: Literal["lim-2014", "wiesemann-one-decoy"] = default(
        "lim-2014",
        "Security proof: two decoys, or one",
        "Lim et al., Phys. Rev. A 89, 022307; arXiv:2405.16578",
    )
    bound: Literal["chernoff", "hoeffding"] | None = default(
        None,
        "Inequality for expected counts; chernoff for lim-2014, hoeffding for the "
        "other proof, which has no other",
    )
    block: Block = default(
        "session",
        "What makes a block: an uninterrupted service (session), a contact of one "
        "link (pass), a night of its station, or all that it gets (horizon)",
        "own choice",
    )
    intensities: tuple[Annotated[Number, Ge(0), Le(20)], ...] = default(
        (0.7921, 0.1707, 0.0),
        "Mean photons of a pulse, strongest first: three, or two with one decoy",
        _SATQUMA,
        min_length=2,
        max_length=3,
    )
    shares: tuple[Annotated[Number, Gt(0), Lt(1)], ...] = default(
        (0.7501, 0.1749, 0.075),
        "Shares of all pulses that have these intensities; they add up to 1",
        _SATQUMA,
        min_length=2,
        max_length=3,
    )
    key_basis_share: Annotated[Number, Gt(0), Lt(1)] = default(
        0.7611, "Probability of the basis that makes key, on both sides (basis bias)", _SATQUMA
    )
    eps_secrecy: Annotated[Number, Gt(0), Lt(1)] = default(
        1e-9, "Secrecy parameter of each block", _SATQUMA
    )
    eps_correctness: Annotated[Number, Gt(0), Lt(1)] = default(
        1e-15, "Correctness parameter of each block", _SATQUMA
    )

    pair_proof: Literal["lim-2021", "tomamichel-2012"] = default(
        "lim-2021",
        "Security proof of links to pairs of stations (BBM92)",
        "Lim et al., Phys. Rev. Lett. 126, 100501; Tomamichel et al., Nat. Commun. 3, 634",
    )
    pair_check_share: Annotated[Number, Gt(0), Lt(1)] | Literal["optimised"] = default(
        "optimised",
        "Share of a pair's sifted bits that is disclosed to estimate errors; "
        "optimised: the one of 48 up to one half that gives each block most key",
        "own choice",
    )

    def check_used(self, where: str, *, stations: bool, pairs: bool) -> None:
        """Refuse stated keys that are of no link, where some are to stations or to pairs.

        Raises
        ------
        InputError
            Naming the key.
        """
        for keys, used, links in (
            (_OF_STATIONS, stations, "every link is a pair (theirs is pair_proof)"),
            (_OF_PAIRS, pairs, "no link is to a pair of stations"),
        ):
            for key in keys if not used else ():
                if key in self.model_fields_set:
                    came = plain(getattr(self, key))
                    raise InputError(f"{where}.{key}", came, f"no such key where {links}")

    def check(self, where: str) -> None:
        """Refuse a source that the proof does not know, and a bound that it has not."""
        checked_source(self.proof, self.intensities, self.shares, f"{where}.")
        bounds = PROOFS[self.proof].bounds
        if self.bound is not None and self.bound not in bounds:
            expected = f"{' or '.join(bounds)} for {self.proof}"
            raise InputError(f"{where}.bound", self.bound, expected)
