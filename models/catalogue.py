"""The published problems: how each is made, and the strategies of its certificates."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import qkdopt as qo
from qkdopt.interop import import_kamke
from qkdopt.optimize.problem_file import read_problem
from qkdopt.optimize.strategies import Strategy
from qkdopt.optimize.strategy_names import strategy_named

MODELS = Path(__file__).parent
sys.path[:0] = [str(MODELS), str(MODELS.parent / "benchmarks")]

Problem: TypeAlias = "qo.SchedulingProblem | qo.ContactProblem"


@dataclass(frozen=True)
class Entry:
    """One problem.

    Attributes
    ----------
    searches
        Most seconds by certificate name: ``gd``, ``pd``, ``td-0.01``, ``least-0.9``, ``balanced``,
        ``capped``, ``contact``. Some searches are short because a long one makes a tree that
        takes long to verify.
    make
        Makes the problem; ``None`` computes the keys of the folder's ``scenario.toml``.
    source
        What it is made from, and how to make it by hand.
    description
        Description; empty where the scenario has one.
    """

    searches: Mapping[str, float]
    make: Callable[[Path], Problem] | None = None
    source: str = "the scenario"
    description: str = ""


def strategy_of(name: str) -> Strategy | None:
    """Return the strategy of a certificate's name, ``None`` for contacts."""
    short, _, setting = name.partition("-")
    if short == "contact":
        return None
    return strategy_named(
        short,
        kl_max=setting if short == "td" else None,
        fraction=setting if short == "least" else None,
    )


def _csv(folder: Path) -> Problem:
    return qo.SchedulingProblem.from_keys(qo.KeyTensor.load(folder / "keys.csv"))


def _by_hand(folder: Path) -> Problem:
    return read_problem(folder / "by-hand.json")


def _passes(times: int) -> Callable[[Path], Problem]:
    def make(folder: Path) -> Problem:
        from drawn_passes import drawn_passes

        return drawn_passes(1, times)

    return make


def _hard(kind: str, seed: int) -> Callable[[Path], Problem]:
    def make(folder: Path) -> Problem:
        from search_hard import drawn_hard

        return drawn_hard(kind, seed)

    return make


def _short(kind: str) -> Callable[[Path], Problem]:
    def make(folder: Path) -> Problem:
        from drawn_short import drawn_short

        return drawn_short(kind, 1)

    return make


def _contacts(maker: str, **arguments: Any) -> Callable[[Path], Problem]:
    def make(folder: Path) -> Problem:
        import json

        import contact_instances

        instance = getattr(contact_instances, maker)(**arguments)
        with tempfile.TemporaryDirectory() as place:
            path = Path(place) / "instance.json"
            path.write_text(json.dumps(instance), encoding="utf-8")
            return import_kamke(path)

    return make


EXACT = {"gd": 1.0, "pd": 1.0}
FOUR = {"td-0.1": 60.0, "td-0.01": 60.0, "td-0.001": 150.0, "td-0": 60.0}
FAMILY = "python models/drawn_passes.py --seed 1 --times {} -o problem.json.gz"
SHORT = "python models/drawn_short.py {} --seed 1 -o problem.json.gz"
TWO = {"td-0.01": 60.0, "least-0.9": 60.0}
SHARED = {"gd": 60.0}  # large problems of several satellites
HARD_SEED = {"balanced": 6, "td": 11}  # as search_hard.py found them

CATALOGUE: dict[str, Entry] = {
    "micius-china-2016": Entry(EXACT | FOUR | {"least-0.9": 60.0, "balanced": 60.0}),
    "micius-china-2016-clouds": Entry(EXACT | FOUR),
    "micius-china-2016-night": Entry(EXACT | {"td-0.1": 90.0, "least-0.9": 60.0, "balanced": 60.0}),
    "micius-china-2016-month": Entry(EXACT | {"td-0.01": 60.0, "balanced": 60.0}),
    "micius-china-2016-year": Entry(EXACT | {"td-0.01": 120.0}),
    "micius-china-2016-500km": Entry(EXACT | {"td-0.01": 60.0, "balanced": 60.0}),
    "micius-china-2016-2500km": Entry(EXACT | {"td-0.01": 60.0, "balanced": 60.0}),
    "europe-30-2025": Entry(EXACT | {"td-0.01": 90.0, "least-0.9": 60.0, "balanced": 60.0}),
    "europe-pairs-2025": Entry(EXACT | {"td-0.01": 60.0, "balanced": 60.0}),
    "iberia-2025": Entry(EXACT | {"td-0.01": 60.0, "balanced": 60.0}),
    "iberia-mixed-2025": Entry(EXACT | {"td-0.01": 60.0, "balanced": 60.0}),
    "uk-nine-2025": Entry(EXACT | TWO),
    "uk-nine-2025-60s": Entry(EXACT | TWO),
    "uk-nine-2025-60s-slow": Entry(EXACT | {"td-0.01": 60.0, "balanced": 60.0}),
    "hand-two-cities": Entry(
        EXACT | {"td-0.1": 5.0, "td-0": 5.0, "least-0.9": 5.0, "balanced": 5.0},
        _csv,
        "`keys.csv`",
        "Two cities and nine intervals, made up by hand: small enough to solve on paper. The tests "
        "enumerate every legal schedule.",
    ),
    "hand-three-cities": Entry(
        EXACT | {"td-0.1": 5.0, "least-0.9": 5.0, "balanced": 5.0, "capped": 5.0},
        _by_hand,
        "`by-hand.json`",
        "Three cities, ten intervals, hand-overs of two intervals, stock and demand, made up by "
        "hand. The tests enumerate every legal schedule.",
    ),
    "hand-two-satellites": Entry(
        {"gd": 10.0, "pd": 10.0, "td-0.1": 5.0, "balanced": 5.0},
        _by_hand,
        "`by-hand.json`",
        "Two satellites over two cities with one receiver each, six intervals, made up by hand. "
        "The tests enumerate every legal schedule.",
    ),
    "hand-three-satellites": Entry(
        {"gd": 5.0},
        _by_hand,
        "`by-hand.json`",
        "Three satellites over two cities with one receiver each, two intervals, made up by hand: "
        "the linear relaxation with start-up rows is 19.5, the optimum 19.",
    ),
    "micius-pair-2016": Entry({"gd": 10.0, "pd": 10.0, "td-0.01": 60.0}),
    "iberia-three-2025": Entry({"gd": 10.0, "td-0.01": 60.0}),
    "train-europe-2025": Entry(SHARED),
    "train-setup-europe-2025": Entry(SHARED),
    "cluster-europe-2025": Entry({"gd": 300.0}),
    "planes-4-europe-2025": Entry(SHARED),
    "planes-6-europe-2025": Entry(SHARED),
    "walker-world-2025": Entry(SHARED),
    "star-world-2025": Entry(SHARED),
    "hand-odd-ring": Entry(
        {"contact": 5.0},
        lambda folder: import_kamke(folder / "contacts.json"),
        "`contacts.json`, in the layout that `qkdopt import kamke` reads",
        "A contact problem made up by hand: five passes, each of which excludes the next, around a "
        "ring (in time, or by the target that both would serve). Half of every pass satisfies all "
        "pairwise rules, so the linear relaxation lies above the optimum and the proof has to "
        "branch. The tests enumerate every choice.",
    ),
    "drawn-passes-x1": Entry(
        EXACT | {"td-0.01": 20.0, "least-0.9": 10.0, "balanced": 5.0, "capped": 20.0},
        _passes(1),
        f"`{FAMILY.format(1)}`",
        "Eight cities and 14 short passes, drawn from seed 1 (synthetic), with demands.",
    ),
    "drawn-passes-x10": Entry(
        EXACT | {"td-0.01": 30.0, "balanced": 3.0, "capped": 20.0},
        _passes(10),
        f"`{FAMILY.format(10)}`",
        "Eight cities and 140 short passes, drawn from seed 1 (synthetic): ten times x1.",
    ),
    "drawn-passes-x100": Entry(
        EXACT | {"td-0.01": 60.0},
        _passes(100),
        f"`{FAMILY.format(100)}`",
        "Eight cities and 1,400 short passes, drawn from seed 1 (synthetic): a hundred times x1.",
    ),
    "drawn-night": Entry(
        EXACT | TWO,
        _short("night"),
        f"`{SHORT.format('night')}`",
        "Eight stations that share one pass of 60 intervals, drawn from seed 1 (synthetic).",
    ),
    "drawn-few-passes": Entry(
        EXACT | {"td-0.01": 60.0},
        _short("few"),
        f"`{SHORT.format('few')}`",
        "Eight stations that share three passes of 40 intervals, with five intervals for a "
        "hand-over, drawn from seed 1 (synthetic).",
    ),
    "drawn-ties": Entry(
        EXACT | TWO,
        _short("ties"),
        f"`{SHORT.format('ties')}`",
        "Six stations that share two passes of twelve intervals, each worth 7 bits (synthetic): "
        "very many schedules are equal.",
    ),
    "hard-balanced": Entry(
        EXACT | {"balanced": 10.0},
        _hard("balanced", HARD_SEED["balanced"]),
        f"`drawn_hard('balanced', {HARD_SEED['balanced']})` of `models/search_hard.py`",
        "Ten cities that compete in all of ten passes (synthetic): the worst of seeds 0 to 15 for "
        "balanced delivery within 2 s each (`python models/search_hard.py balanced --seeds 16`).",
    ),
    "hard-td": Entry(
        EXACT | {"td-0.01": 60.0},
        _hard("td", HARD_SEED["td"]),
        f"`drawn_hard('td', {HARD_SEED['td']})` of `models/search_hard.py`",
        "Six cities that compete in all of five passes (synthetic): the worst of seeds 0 to 15 for "
        "S-TD(0.01) within 2 s each (`python models/search_hard.py td --seeds 16`).",
    ),
    "contacts-day-400": Entry(
        {"contact": 60.0},
        _contacts("draw_instance", seed=1),
        "`python benchmarks/contact_instances.py --seed 1 -o instance.json`, then `qkdopt import "
        "kamke`",
        "A contact problem of 400 passes and 16,000 targets, drawn from seed 1 (synthetic): a day "
        "of a polar satellite over a hundred nodes.",
    ),
    "contacts-scarce-400": Entry(
        {"contact": 60.0},
        _contacts(
            "draw_scarce", seed=1, nodes=60, passes=400, horizon_s=20_000, targets_per_node=2
        ),
        "`draw_scarce(1, nodes=60, passes=400, horizon_s=20_000, targets_per_node=2)` of "
        "`benchmarks/contact_instances.py`",
        "A contact problem of 400 passes and 120 targets, drawn from seed 1 (synthetic): targets "
        "are scarce, so that passes compete for them.",
    ),
}
