"""BBM92 with a pair source in the satellite: from two arms to secret bits per second."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from qkdopt.arrays import Bools, Floats
from qkdopt.errors import InputError
from qkdopt.physics.protocols.bbm92 import _kernels
from qkdopt.physics.protocols.bbm92.checks import one_of, probabilities, within
from qkdopt.physics.protocols.bbm92.finite_block import extraction_fraction
from qkdopt.physics.protocols.bbm92.receivers import PairReceivers
from qkdopt.physics.protocols.observables import Observables

_MODELS = {"exact": _kernels.EXACT, "paper": _kernels.PAPER}
_READINGS = ("attempts", "pairs")
_FINITE_BLOCKS = (None, "optimistic", "conservative")
_ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True)
class PairRates:
    """What two stations make of their pairs; arrays of one shape.

    Attributes
    ----------
    coincidence_rate_hz
        Windows per second in which both stations click, all bases.
    sifted_rate_hz
        Those in matching bases: half.
    qber
        Share of sifted bits that differ, from 0 to 1; ``nan`` where nothing coincides.
    mean_pairs_per_window
        The brightness used; where it is optimised, ``nan`` if no brightness makes key (then
        rates and error rate are ``nan``, too, and the key rate is 0).
    key_rate_bits_per_s
        Secret bits per second, >= 0.
    """

    coincidence_rate_hz: Floats
    sifted_rate_hz: Floats
    qber: Floats
    mean_pairs_per_window: Floats
    key_rate_bits_per_s: Floats


@dataclass(frozen=True, kw_only=True)
class BBM92:
    """A source of entangled pairs and two stations that run BBM92.

    Attributes
    ----------
    model
        ``"exact"``: the closed form of the photon-number sum (X. Ma, C.-H. F. Fung and
        H.-K. Lo, Phys. Rev. A 76, 012307 (2007)) for type-II down-conversion and threshold
        detectors, double clicks assigned at random. ``"paper"``: equations (5), (14)-(17) of
        the Iberian paper as printed, with its ``p_A p_A`` read as ``p_A p_B``.
    pair_rate_hz
        ``pair_rate_counts`` defines what it counts.
    pair_rate_counts
        ``"attempts"``: windows per second in which the source is pumped, the brightness being
        free. ``"pairs"``: pairs emitted per second into a train of windows without gaps;
        ``pair_rate_hz * window_s`` is then the brightness.
    window_s
        Length of the coincidence window [s].
    dark_probability_per_window
        Probability that a station clicks in a window without light; both of the detectors
        that measure the chosen basis together.
    stray_probability_per_window
        The same for stray light, at either station.
    misalignment_error
        Probability that the two bits of a true pair differ where they should agree, 0 to 1/2.
    coupling, detector_efficiency
        Of either station, 0 to 1: every arm's transmittance is multiplied by both.
    error_correction_overhead
        ``xi >= 1``: bits spent on correcting errors over the Shannon limit; a sifted bit
        yields ``1 - (1 + xi) h2(QBER)``.
    mean_pairs_per_window
        Brightness ``mu = 2 lambda``; ``None`` to take the one that makes most key at each
        pair of transmittances (or that of ``"pairs"``).
    finite_block
        ``None`` for infinitely long blocks, or one end of the bracket of
        :mod:`qkdopt.physics.protocols.bbm92.finite_block`.
    block_sifted_bits
        Length of a block; counts only with ``finite_block``.

    Raises
    ------
    InputError
        For a value out of range, an unknown model or reading.
    """

    pair_rate_hz: float
    pair_rate_counts: Literal["attempts", "pairs"]
    window_s: float = 1e-9
    model: Literal["exact", "paper"] = "exact"
    dark_probability_per_window: float = 1e-6
    stray_probability_per_window: float = 0.0
    misalignment_error: float = 0.0
    coupling: float = 0.5
    detector_efficiency: float = 1.0
    error_correction_overhead: float = 1.22
    mean_pairs_per_window: float | None = None
    finite_block: Literal["optimistic", "conservative"] | None = None
    block_sifted_bits: float = 10_000.0

    def __post_init__(self) -> None:
        """Check every value."""
        one_of("model", self.model, tuple(_MODELS))
        one_of("pair_rate_counts", self.pair_rate_counts, _READINGS)
        one_of("finite_block", self.finite_block, _FINITE_BLOCKS)
        for name in ("pair_rate_hz", "window_s", "block_sifted_bits"):
            within(name, getattr(self, name), 0.0, np.inf)
        for name in ("dark_probability_per_window", "stray_probability_per_window"):
            within(name, getattr(self, name), 0.0, 1.0, closed=True)
        for name in ("coupling", "detector_efficiency"):
            within(name, getattr(self, name), 0.0, 1.0, closed=True)
        within("misalignment_error", self.misalignment_error, 0.0, 0.5, closed=True)
        within("error_correction_overhead", self.error_correction_overhead, 1.0, 100.0, closed=True)
        if self.model == "paper" and self.misalignment_error:
            expected = "0 in the model 'paper', whose equations know none"
            raise InputError("misalignment_error", self.misalignment_error, expected)
        self._check_brightness()

    def _check_brightness(self) -> None:
        busy = self.pair_rate_hz * self.window_s
        if self.pair_rate_counts == "attempts":
            if busy > 1.0 + _ROUNDING:
                expected = "attempts that do not overlap: pair_rate_hz * window_s <= 1"
                raise InputError("pair_rate_hz", self.pair_rate_hz, expected)
            brightness, name = self.mean_pairs_per_window, "mean_pairs_per_window"
        else:
            if self.mean_pairs_per_window is not None:
                expected = "none: with 'pairs' it is pair_rate_hz * window_s"
                raise InputError("mean_pairs_per_window", self.mean_pairs_per_window, expected)
            brightness, name = busy, "pair_rate_hz * window_s (pairs per window)"
        if brightness is not None:
            most = 2.0 if self.model == "paper" else 100.0
            within(name, brightness, 0.0, most)

    @property
    def windows_per_s(self) -> float:
        """Windows per second in which a pair may be sent."""
        return self.pair_rate_hz if self.pair_rate_counts == "attempts" else 1.0 / self.window_s

    def key_rate_bits_per_s(
        self,
        eta_a: ArrayLike,
        eta_b: ArrayLike,
        *,
        stray_a: ArrayLike | None = None,
        stray_b: ArrayLike | None = None,
        receivers: Sequence[PairReceivers] | None = None,
    ) -> Floats:
        """Return secret bits per second, >= 0; arguments as :meth:`rates` has them."""
        return self.rates(
            eta_a, eta_b, stray_a=stray_a, stray_b=stray_b, receivers=receivers
        ).key_rate_bits_per_s

    def rates(
        self,
        eta_a: ArrayLike,
        eta_b: ArrayLike,
        *,
        stray_a: ArrayLike | None = None,
        stray_b: ArrayLike | None = None,
        receivers: Sequence[PairReceivers] | None = None,
    ) -> PairRates:
        """Return coincidences, error rate, brightness and key rate.

        Parameters
        ----------
        eta_a, eta_b
            Transmittance of each arm from the source to the receiving telescope: beam and
            atmosphere, *without* coupling and detector, which are the protocol's. From 0 to 1;
            ``nan`` where there is no pass. Broadcast.
        stray_a, stray_b
            Stray clicks per window of each station, in place of
            ``stray_probability_per_window``. Broadcast.
        receivers
            Those of both stations, where they are not those of the protocol. Broadcast.

        Returns
        -------
        PairRates
            ``nan`` throughout where an argument is.

        Raises
        ------
        InputError
            For transmittances or probabilities outside [0, 1].
        """
        one, two = receivers or (self._receivers, self._receivers)
        strays = (one.stray_probability_per_window, two.stray_probability_per_window)
        shape, arms = self._arms(
            (one, two),
            eta_a=eta_a,
            eta_b=eta_b,
            stray_a=strays[0] if stray_a is None else stray_a,
            stray_b=strays[1] if stray_b is None else stray_b,
        )
        lam = self._half_brightness(arms)
        sifted, wrong = np.empty((2, lam.size))
        model = _MODELS[self.model]
        _kernels.evaluate(model, lam, arms, self.misalignment_error, sifted, wrong)
        unknown: Bools = np.isnan(arms.sum(axis=0))
        found = self._rates(lam, sifted, wrong, unknown)
        if any(np.any(end.dead_time_s) for end in (one, two)):
            live = one.live_share(self.windows_per_s, arms[0] * lam, arms[2])
            live *= two.live_share(self.windows_per_s, arms[1] * lam, arms[3])
            for name in ("coincidence_rate_hz", "sifted_rate_hz", "key_rate_bits_per_s"):
                found[name] = found[name] * live
        return PairRates(**{name: value.reshape(shape) for name, value in found.items()})

    def observables(
        self,
        eta_a: ArrayLike,
        eta_b: ArrayLike,
        *,
        stray_a: ArrayLike | None = None,
        stray_b: ArrayLike | None = None,
        receivers: Sequence[PairReceivers] | None = None,
    ) -> Observables:
        """Return coincidences, sifted bits, their errors and the key; as :meth:`rates` has them."""
        found = self.rates(eta_a, eta_b, stray_a=stray_a, stray_b=stray_b, receivers=receivers)
        return Observables(
            click_rate_hz=found.coincidence_rate_hz,
            sifted_rate_hz=found.sifted_rate_hz,
            qber=found.qber,
            key_rate_bits_per_s=found.key_rate_bits_per_s,
        )

    @property
    def _receivers(self) -> PairReceivers:
        return PairReceivers(
            coupling=self.coupling,
            detector_efficiency=self.detector_efficiency,
            dark_probability_per_window=self.dark_probability_per_window,
            stray_probability_per_window=self.stray_probability_per_window,
        )

    def _arms(
        self, receivers: tuple[PairReceivers, PairReceivers], **arguments: ArrayLike
    ) -> tuple[tuple[int, ...], Floats]:
        """Return the common shape, and transmittances and backgrounds of both arms, ``(4, C)``."""
        arrays = [probabilities(name, value) for name, value in arguments.items()]
        try:
            first, second, *strays = np.broadcast_arrays(*arrays)
        except ValueError:
            shapes = [array.shape for array in arrays if array.shape]
            raise InputError("shapes", shapes, "arrays that broadcast") from None
        one, two = receivers
        background = [it.background(stray) for it, stray in zip(receivers, strays, strict=True)]
        arms = np.stack([one.efficiency * first, two.efficiency * second, *background])
        return first.shape, arms.reshape(4, -1)

    def _half_brightness(self, arms: Floats) -> Floats:
        """Return ``lambda = mu/2``, fixed or optimised, shape ``(C,)``."""
        mean = self.mean_pairs_per_window
        if self.pair_rate_counts == "pairs":
            mean = self.pair_rate_hz * self.window_s
        lam = np.empty(arms.shape[1])
        if mean is not None:
            lam[:] = 0.5 * mean
            return lam
        spent = 1.0 + self.error_correction_overhead
        _kernels.optimise(_MODELS[self.model], arms, self.misalignment_error, spent, lam)
        return lam

    def _rates(
        self, lam: Floats, sifted: Floats, wrong: Floats, unknown: Bools
    ) -> dict[str, Floats]:
        with np.errstate(divide="ignore", invalid="ignore"):
            qber = np.where(sifted > 0.0, wrong / sifted, np.nan)
        fraction = extraction_fraction(
            qber,
            self.error_correction_overhead,
            finite_block=self.finite_block,
            block_sifted_bits=self.block_sifted_bits,
        )
        key = np.nan_to_num(sifted * fraction, nan=0.0)
        key[unknown] = np.nan
        rate = self.windows_per_s
        return {
            "coincidence_rate_hz": 2.0 * rate * sifted,
            "sifted_rate_hz": rate * sifted,
            "qber": qber,
            "mean_pairs_per_window": np.where(unknown, np.nan, 2.0 * lam),
            "key_rate_bits_per_s": rate * key,
        }
