"""Figures of the scheduling paper, drawn from our numbers at the width of a column."""

from functools import partial

import numpy as np
from matplotlib.axes import Axes

from qkdopt.physics.link import fibre_secret_bits
from qkdopt.reproduce import micius
from qkdopt.reproduce.drawing import SMALL, Drawing, legend
from qkdopt.reproduce.jobs import GD, PD, TD
from qkdopt.reproduce.micius_rows import FIBRE_KM, ORBIT_NAMES
from qkdopt.study.orbits import geometric_loss_db

_STRATEGIES = ((TD, "0.01", "S-TD(0.01)", "#1b7837"), (PD, "", "S-PD", "#a6dba0"),
               (GD, "", "S-GD", "#f0c039"))  # fmt: skip
_ORBIT_COLOURS = ("#2166ac", "#35b5c9", "#4d9221")
_STEEP_NATS = 0.2  # where labels to the right would lie on the line


def _timeline(results: micius.MiciusResults, ax: Axes) -> None:
    cities = list(results.cities)
    colours = [f"C{n % 10}" if n else "#222222" for n in range(len(cities))]
    runs = sorted({(p.start_s // 86_400) for p in results.passes})
    for item in results.passes:
        day = item.start_s // 86_400
        row = cities.index(item.station)
        begin = (item.start_s - 86_400 * day) / 3600
        offset = 0.8 * (row + 0.5) / len(cities) - 0.4
        width = item.duration_s / 3600
        ax.barh(day + offset, width, left=begin, height=0.075, color=colours[row], linewidth=0)
    for row, city in enumerate(cities):
        ax.barh(0, 0, color=colours[row], label=city)
    ax.set_yticks(runs, [f"Sep {19 + day}" for day in runs])
    ax.invert_yaxis()
    begins = [p.start_s % 86_400 / 3600 for p in results.passes]
    ax.set_xlim(np.floor(min(begins)), np.ceil(max(begins) + 0.2))
    ax.set_xlabel("UTC [h]")
    legend(ax, ncols=4, loc="upper center", bbox_to_anchor=(0.45, -0.16), columnspacing=0.8)


def _budgets(results: micius.MiciusResults, ax: Axes) -> None:
    for budget, colour in zip(results.budgets, ("C0", "C1", "C3"), strict=True):
        label = f"{budget.city} (clouds {budget.cloud_db:.1f} dB)"
        ax.plot(budget.second, budget.total_db, label=label, color=colour, lw=1.2)
    ax.set_xlabel("seconds after 2016-09-23 16:34:20 UTC")
    ax.set_ylabel("loss, detector included [dB]")
    ax.set_title("synthetic clouds", fontsize=SMALL, loc="right")
    legend(ax)


def _days(results: micius.MiciusResults, ax: Axes) -> None:
    bits = results.bits_by_day[micius.CLOUDY] / 1e6
    below = np.zeros(bits.shape[1])
    for row, city in enumerate(results.cities):
        colour = f"C{row % 10}" if row else "#222222"
        ax.bar(np.arange(bits.shape[1]), bits[row], bottom=below, label=city, color=colour)
        below += bits[row]
    ax.set_xticks(range(bits.shape[1]), [f"{19 + day}" for day in range(bits.shape[1])])
    ax.set_xlabel("September 2016")
    ax.set_ylabel("key without scheduling [Mbit]")
    ax.set_title("synthetic clouds", fontsize=SMALL, loc="right")
    legend(ax, ncols=4, loc="upper center", bbox_to_anchor=(0.45, -0.18), columnspacing=0.8)


def _by_city(results: micius.MiciusResults, ax: Axes, *, name: str, sky: str) -> None:
    place = np.arange(len(results.cities))
    for lane, (goal, kl_max, label, colour) in enumerate(_STRATEGIES):
        bits = np.array(results.deliveries[name, goal, kl_max].delivered) / 1e6
        ax.bar(place + 0.27 * (lane - 1), bits, width=0.27, label=label, color=colour)
    ax.set_xticks(place, results.cities, rotation=50, ha="right", rotation_mode="anchor")
    ax.set_ylabel("key in the week [Mbit]")
    ax.set_title(sky, fontsize=SMALL, loc="right")
    legend(ax, ncols=3, loc="lower left", bbox_to_anchor=(0.0, 1.0), borderaxespad=0.1)


def _fibre(results: micius.MiciusResults, ax: Axes) -> None:
    relays = np.arange(2, 8)
    bits = [fibre_secret_bits(FIBRE_KM, results.pulses, int(r)) for r in relays]
    ax.semilogy(relays, bits, "o-", ms=3, lw=1, color="#555555", label="fibre with ideal relays")
    found = results.deliveries[micius.CLEAR, GD, ""]
    urumqi = found.delivered[found.targets.index("Urumqi")]
    ax.axhline(urumqi, color="C0", lw=1, label="Urumqi by satellite, S-GD")
    ax.axhline(7_468_000, color="C3", lw=1, ls="--", label="the same in the paper")
    ax.set_xlabel("relays between Urumqi and Xi'an")
    ax.set_ylabel("key in the week [bit]")
    legend(ax)


def _divergences(results: micius.MiciusResults, ax: Axes) -> None:
    points = [(k, d) for k, d in results.deliveries.items() if d.divergence is not None]
    for name, colour, label in (
        (micius.CLEAR, "C0", "clear"),
        (micius.CLOUDY, "C1", "synthetic clouds"),
    ):
        own = sorted((d.divergence or 0.0, d.total / 1e6) for k, d in points if k[0] == name)
        ax.plot(*zip(*own, strict=True), "o-", ms=3, lw=0.8, color=colour, label=label)
    for (name, goal, kl_max), found in points:
        if name == micius.CLEAR:
            text = f"S-{goal.upper()}" + (f"({kl_max})" if kl_max else "")
            at = (found.divergence or 0.0, found.total / 1e6)
            left = at[0] > _STEEP_NATS
            ax.annotate(
                text, at, (-5, 0) if left else (4, -7), textcoords="offset points",
                fontsize=SMALL - 1, ha="right" if left else "left",
            )  # fmt: skip
    ax.axvline(0.097, color="#888888", lw=0.7, ls=":")
    ax.set_xscale("log")
    ax.set_xlim(right=3.0)
    ax.set_xlabel("KL divergence from the wanted shares [nats]")
    ax.set_ylabel("key in the week [Mbit]")
    legend(ax, loc="upper left")


def _shares(results: micius.MiciusResults, ax: Axes) -> None:
    place = np.arange(len(results.cities))
    wanted = results.deliveries[micius.CLEAR, GD, ""].weight_shares
    ax.bar(place, wanted, width=0.8, color="#e0e0e0", label="wanted (assumed weights)")
    for goal, kl_max, label, colour in _STRATEGIES:
        found = results.deliveries[micius.CLEAR, goal, kl_max]
        share = np.array(found.delivered) / max(found.total, 1)
        ax.plot(
            place,
            share,
            "o",
            ms=3.5,
            color=colour,
            mec="#333333",
            mew=0.3,
            label=label,
            clip_on=False,
        )
    ax.set_xticks(place, results.cities, rotation=50, ha="right", rotation_mode="anchor")
    ax.set_ylabel("share of all key")
    legend(ax, ncols=2, loc="lower left", bbox_to_anchor=(0.0, 1.0), borderaxespad=0.1)


def _figure_4(results: micius.MiciusResults, ax: Axes) -> None:
    place = np.arange(len(micius.DIVERGENCES_URAD))
    for lane, altitude in enumerate(micius.ALTITUDES_KM):
        totals = [results.figure_4[altitude, urad].total for urad in micius.DIVERGENCES_URAD]
        label, colour = ORBIT_NAMES[altitude], _ORBIT_COLOURS[lane]
        ax.bar(place + 0.27 * (lane - 1), totals, width=0.27, label=label, color=colour)
    ax.set_yscale("log")
    ax.set_xticks(place, [f"{urad:g}" for urad in micius.DIVERGENCES_URAD])
    ax.set_xlabel("divergence, half angle [µrad]")
    ax.set_ylabel("key in the week, KL ≤ 0.01 [bit]")
    legend(ax)


def _figure_5(results: micius.MiciusResults, ax: Axes) -> None:
    height_km = np.geomspace(300, 36_000, 200)
    for urad, colour in zip(micius.DIVERGENCES_URAD, ("C0", "C2", "C1", "C3"), strict=True):
        loss = geometric_loss_db(height_km, urad, 2.0)
        ax.semilogx(height_km, loss, color=colour, lw=1.2, label=f"{urad:g} µrad")
    heights_km = (500, 2500, 5000, 35_786)
    for height in heights_km:
        ax.axvline(height, color="#bbbbbb", lw=0.6, zorder=0)
        ax.annotate(
            f"{height:,} km", (height, 1.01), xycoords=("data", "axes fraction"),
            fontsize=SMALL - 1, color="#777777",
            ha="right" if height == heights_km[1] else "center",
        )  # fmt: skip
    ax.set_xlabel("altitude [km]")
    ax.set_ylabel("geometric loss [dB]")
    legend(ax)


_cities_clear = partial(_by_city, name=micius.CLEAR, sky="clear sky")
_cities_cloudy = partial(_by_city, name=micius.CLOUDY, sky="synthetic clouds")
FIGURES: dict[str, Drawing[micius.MiciusResults]] = {
    "fig-2a": (_timeline, 3.6, "Fig. 2a", "when each city can reach the satellite"),
    "fig-2b": (_budgets, 2.3, "Fig. 2b", "losses while three cities are in view together"),
    "fig-2d": (_days, 2.9, "Fig. 2d", "key by city and day under synthetic clouds"),
    "fig-3a": (_cities_clear, 2.6, "Fig. 3a", "key by city and strategy, clear sky"),
    "fig-3a-clouds": (_cities_cloudy, 2.6, "Fig. 3a", "the same under synthetic clouds"),
    "fig-3b": (_fibre, 2.3, "Fig. 3b", "satellite against fibre with relays"),
    "fig-3c": (_divergences, 2.5, "Fig. 3c", "total against divergence by strategy"),
    "fig-3d": (_shares, 2.6, "Fig. 3d", "delivered and wanted shares"),
    "fig-4": (_figure_4, 2.4, "Fig. 4", "total by altitude and divergence"),
    "fig-5": (_figure_5, 2.3, "Fig. 5", "geometric loss against altitude"),
}
"""By file name: how it is drawn, its height, the paper's figure, what one sees."""
