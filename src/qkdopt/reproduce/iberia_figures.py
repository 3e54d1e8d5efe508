"""Figures of the entanglement paper, drawn from our numbers at the width of a column."""

from functools import partial

import numpy as np
from matplotlib.axes import Axes

from qkdopt.physics.protocols.bbm92.finite_block import extraction_fraction
from qkdopt.reproduce.drawing import SMALL, Drawing, legend
from qkdopt.reproduce.iberia import LINKS, IberiaResults
from qkdopt.reproduce.iberia_jobs import KEY_BITS, Variant
from qkdopt.reproduce.iberia_rows import ENDS, TABLES, XI
from qkdopt.reproduce.jobs import BALANCED, GD

_NARROW, _BEST = "#2166ac", "#d6604d"
_DISTANCES = ("#08306b", "#2171b5", "#6baed6", "#9ecae1")
_NEED_KEYS_PER_S = 256 / (12 * 3600.0)
_STRATEGIES = (("alone", "alone", "#bdbdbd"), (GD, "shared, S-GD", "#f0c039"),
               (BALANCED, "shared, balanced", "#1b7837"))  # fmt: skip


def _beam(results: IberiaResults, ax: Axes) -> None:
    beam = results.beam
    for (z, capture), colour in zip(beam.capture.items(), _DISTANCES, strict=True):
        ax.plot(beam.waist_share, capture, color=colour, lw=1.2, label=f"{z:,.0f} km")
        ax.plot(*beam.best[z], "o", color=colour, ms=3)
    ax.axvline(1 / 3, color="#888888", lw=0.7, ls=":")
    ax.annotate("a/3", (1 / 3, 0.98), xycoords=("data", "axes fraction"), fontsize=SMALL, ha="left",
                va="top", xytext=(2, 0), textcoords="offset points")  # fmt: skip
    ax.set_xlabel("waist w0 / aperture radius a")
    ax.set_ylabel("mean capture probability")
    ax.set_ylim(0, None)
    legend(ax, loc="upper right")


def _passes(results: IberiaResults, ax: Axes, *, link: str) -> None:
    months = (
        ("best waist", Variant(), _BEST),
        ("waist a/3", Variant(waist_m=results.narrow(), success="fixed"), _NARROW),
    )
    for label, variant, colour in months:
        kbit = np.array(results.alone[variant].by_pass[link]) / 1e3
        place = np.arange(1, kbit.size + 1)
        shown = kbit > 0
        ax.bar(place[shown], kbit[shown], color=colour, width=0.8, label=label)
        ax.axhline(kbit.mean(), color=colour, lw=0.9, ls="--")
    ax.set_yscale("log")
    ax.set_xlabel(f"{link}: passes while both ends are dark")
    ax.set_ylabel("expected key of the pass [kbit]")
    ax.set_title("assumed success fractions", fontsize=SMALL, loc="right")
    legend(ax, ncols=2, loc="upper left", bbox_to_anchor=(0.0, 1.16))


def _table_1(results: IberiaResults, ax: Axes) -> None:
    place = np.arange(len(LINKS))
    printed = TABLES["Table 1", 5.9e6]
    for column, (colour, label) in enumerate(((_NARROW, "not optimised"), (_BEST, "best waist"))):
        waist = "optimised" if column else results.narrow()
        success = "optimised" if column else "fixed"
        low, high = (
            np.array([results.keys_per_s(v, link) for link in LINKS])
            for v in (
                Variant(5.9e6, "attempts", waist, success),  # type: ignore[arg-type]
                Variant(5.9e6, "pairs", waist, success),  # type: ignore[arg-type]
            )
        )
        x = place + 0.3 * (column - 0.5)
        ax.bar(
            x, high - low, bottom=low, width=0.22, color=colour, alpha=0.5, label=f"ours, {label}"
        )
        values = [printed[link][column] for link in LINKS]
        ax.plot(x, values, "D", color=colour, ms=4, label=f"paper, {label}")
    _name_links(ax, "bars: attempts to pairs; assumed success fractions", ncols=2)
    ax.set_yscale("log")
    ax.set_ylim(5e-5, None)
    ax.set_xlim(-0.6, None)


def _sharing(results: IberiaResults, ax: Axes) -> None:
    variant = Variant(counts="pairs")
    place = np.arange(len(LINKS))
    for lane, (name, label, colour) in enumerate(_STRATEGIES):
        if name == "alone":
            bits = [results.alone[variant].bits(link) for link in LINKS]
        else:
            bits = [results.shared[variant, name].delivered[link] for link in LINKS]
        rate = np.array(bits) / KEY_BITS / results.month_s
        ax.bar(place + 0.27 * (lane - 1), rate, width=0.25, color=colour, label=label)
    _name_links(ax, "5.9e6 pairs; assumed success fractions", ncols=3)
    ax.set_xlim(-0.75, None)


def _name_links(ax: Axes, title: str, *, ncols: int) -> None:
    """Finish a picture of key rates by link, with the need of the hospitals' use case."""
    ax.axhline(_NEED_KEYS_PER_S, color="#444444", lw=0.7, ls=":")
    ax.annotate("Telefónica", (0.0, _NEED_KEYS_PER_S), xycoords=("axes fraction", "data"),
                fontsize=SMALL - 1, ha="left", va="bottom")  # fmt: skip
    ax.set_xticks(np.arange(len(LINKS)), LINKS)
    ax.set_ylabel("keys of 256 bits per second")
    ax.set_title(title, fontsize=SMALL, loc="right")
    legend(ax, ncols=ncols, loc="upper center", bbox_to_anchor=(0.5, -0.12))


def _extraction(results: IberiaResults, ax: Axes) -> None:
    errors = np.linspace(0.0, 0.11, 221)
    for bits, colour in ((1e5, "#2166ac"), (1e4, "#f0c039"), (1e3, "#d6604d")):
        for end, line in zip(ENDS, ("--", "-"), strict=True):
            share = extraction_fraction(errors, XI, finite_block=end, block_sifted_bits=bits)
            label = f"blocks of {bits:,.0f} bits" if line == "-" else None
            ax.plot(100 * errors, share, line, color=colour, lw=1.0, label=label)
    ax.plot(100 * errors, extraction_fraction(errors, XI), color="#222222", lw=1.2,
            label="long blocks, xi = 1.22")  # fmt: skip
    ax.set_xlabel("error rate [%]")
    ax.set_ylabel("secret bits per sifted bit")
    ax.set_xlim(0, 11)
    ax.set_ylim(0, 1)
    ax.set_title("dashed: with parameter estimation", fontsize=SMALL, loc="right")
    legend(ax, loc="upper right")


_barcelona = partial(_passes, link="Madrid-Barcelona")
_bilbao = partial(_passes, link="Madrid-Bilbao")
FIGURES: dict[str, Drawing[IberiaResults]] = {
    "fig-2": (_beam, 2.3, "Fig. 2", "capture probability over the waist, four distances"),
    "fig-3-barcelona": (_barcelona, 2.1, "Fig. 3", "key by pass, Madrid-Barcelona"),
    "fig-3-bilbao": (_bilbao, 2.1, "Fig. 3", "key by pass, Madrid-Bilbao"),
    "table-1": (_table_1, 2.5, "Table 1", "keys per second, the paper's and both our readings"),
    "fig-4": (
        _extraction,
        2.3,
        "Fig. 4",
        "key extraction efficiency over the error rate, for long blocks and the brackets of others",
    ),
    "sharing": (_sharing, 2.4, "Sharing", "each pair alone, and one satellite for all"),
}
"""What draws each figure, its height in inches, its name in the paper, and what one sees."""
