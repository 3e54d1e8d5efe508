"""Good inputs of every kind that the commands read, and the commands that read them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

import qkdopt
from cloud_files import era5_file
from command_line import KEYS, TWO_CITIES
from contact_drawing import kamke_text

MODELS = Path(qkdopt.__file__).parents[2] / "models"
PROBLEM = "problem.json"
_NOON = datetime(2016, 9, 19, 12, tzinfo=UTC)  # before the horizon begins

OPTIONS = """
minimum_dwell_s = 20
max_handovers_per_pass = 1
[[forbidden]]
link = "A"
from_s = 510
until_s = 520
[[locked]]
link = "B"
interval = 54
"""
TUNING = """
[column_generation]
tolerance = 1e-8
rounds = 50
[branch_and_bound]
candidates = 3
[column_list]
cells = [0.01, 0.002]
"""
WEIGHTS = {
    "weights.csv": "target,weight\nA,3\nB,1\n",
    "weights.json": '{"A": 3, "B": 1}\n',
    "weights.toml": "A = 3\nB = 1\n",
}
TRAFFIC = ",A,B\nA,0,7\nB,7,0\n"
SCHEDULE = "interval,link\n51,A\n52,A\n53,idle\n54,B\n"
QUAKE = """STATION = {None, London, 'St Andrews'};
switch_duration = 60;
step_duration = 30;
time_offset = [0, 30, 60, 90, 120, 600, 630, 660];
transfer_share = [0, 0.75, 0.25];
initial_buffer = [0, 100, 20];
key_consumption = [0, 1.5, 3];
key_rate = [|
  0, 0, 0, 0, 0, 0, 0, 0 |
  1, 2, 3.5, 0.25, 0, 0, 7, 0.1 |
  0, 0, 4, 5, 1.01, 2, 0, 0.3 |];
"""
CLOUDS = (
    "# drawn by hand\ntime_utc,Urumqi,Shanghai\n2016-09-19T12:00:00Z,0,150\n"
    "2016-09-20T00:10:00Z,10,75\n"
)
FORECAST = "member,time_utc,station,code\n" + "".join(
    f"{member},2016-09-{day}T12:00:00Z,{station},{code}\n"
    for member, code in (("0", "10"), ("one", "150"))
    for day in (19, 20)
    for station in ("Urumqi", "Shanghai")
)
FLEET = (
    TWO_CITIES.replace(
        "[source]\n",
        """[[constellation]]
name = "T"
kind = "train"
satellites = 2
altitude_km = 500
inclination_deg = 97.4
spacing_s = 60
switch_s = 20
[constellation.optics]
receiver_diameter_m = 2
[[constellation]]
name = "W"
kind = "walker-star"
walker = "86.4: 4/2/1"
altitude_km = 780
[source]
""",
    ).replace("weight = 352", "weight = 352\nreceivers = 2\nswitch_s = 10")
    + """
[[link]]
name = "a"
station = "Urumqi"
target = "China"
satellites = ["Micius", "T-1"]
[[link]]
name = "b"
station = "Shanghai"
"""
)
CLOUDED = TWO_CITIES + '\n[clouds]\nformat = "csv"\nfile = "clouds.csv"\n'
OMM = """OBJECT_NAME,OBJECT_ID,EPOCH,MEAN_MOTION,ECCENTRICITY,INCLINATION,RA_OF_ASC_NODE,\
ARG_OF_PERICENTER,MEAN_ANOMALY,EPHEMERIS_TYPE,CLASSIFICATION_TYPE,NORAD_CAT_ID,ELEMENT_SET_NO,\
REV_AT_EPOCH,BSTAR,MEAN_MOTION_DOT,MEAN_MOTION_DDOT
QSS,2016-051A,2016-09-22T19:50:12.182400,15.23497871,.0014904,97.3660,181.9185,125.7922,319.2797,\
0,U,41731,999,580,.10105E-3,.2347E-4,0
"""


@dataclass(frozen=True)
class Seed:
    """A good file, those that must stand beside it, and the commands that read it.

    Attributes
    ----------
    file
        The file that is spoiled; ``others`` are left as they are.
    commands
        Arguments by command; all of them succeed while the file is good.
    """

    file: Path
    others: tuple[Path, ...]
    commands: tuple[tuple[str, ...], ...]


def make_seeds(folder: Path, run: Callable[..., int]) -> list[Seed]:
    """Write all good files into folders below ``folder``; ``run`` is the command line."""
    seeds = []
    for number, (name, text, others, commands) in enumerate((*_texts(), *_published())):
        place = folder / f"{number:02d}"
        place.mkdir(parents=True)
        write(place / name, text)
        for other, content in others.items():
            write(place / other, content)
        seeds.append(Seed(place / name, tuple(place / other for other in others), commands))
    return [*seeds, *_own_products(folder, run)]


def write(path: Path, content: str | bytes) -> None:
    """Write a small file."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


_Row = tuple[str, str | bytes, dict[str, str | bytes], tuple[tuple[str, ...], ...]]


def _texts() -> Iterator[_Row]:
    keys = {"keys.csv": KEYS}
    solve = ("solve", "keys.csv", "--time-limit", "1", "--json")
    yield (
        "keys.csv", KEYS, {"schedule.csv": SCHEDULE},
        (
            ("solve", "keys.csv", "--json", "-o", "c.json"),
            (*solve, "--strategy", "balanced", "--weights", "A=3,B=1"),
            (*solve, "--strategy", "td", "--weights", "A=3,B=1", "--kl-max", "0.3"),
            ("evaluate", "keys.csv", "schedule.csv", "--json"),
            ("export", "keys.csv", "--mps", "-o", "k.mps"),
        ),
    )  # fmt: skip
    for name, text in WEIGHTS.items():
        yield name, text, keys, ((*solve, "--strategy", "pd", "--weights", name),)
        bits = text.replace("weight", "bits")
        yield name, bits, keys, ((*solve, "--strategy", "capped", "--demand", name),)
    yield (
        "stock.csv",
        "target,bits\nA,3\nB,1\n",
        keys,
        ((*solve, "--strategy", "balanced", "--weights", "A=3,B=1", "--stock", "stock.csv"),),
    )
    yield (
        "traffic.csv",
        TRAFFIC,
        keys,
        ((*solve, "--strategy", "paired", "--traffic", "traffic.csv"),),
    )
    yield (
        "options.toml",
        OPTIONS,
        keys,
        (("solve", "keys.csv", "--options", "options.toml", "--json", "-o", "c.json"),),
    )
    yield (
        "tuning.toml",
        TUNING,
        keys,
        (
            (
                *solve,
                "--strategy",
                "balanced",
                "--weights",
                "A=3,B=1",
                "--parameters",
                "tuning.toml",
            ),
        ),
    )
    yield "schedule.csv", SCHEDULE, keys, (("evaluate", "keys.csv", "schedule.csv", "--json"),)
    yield "week.dzn", QUAKE, {}, (("import", "quake", "week.dzn", "--json", "-o", "w.json"),)
    yield (
        "kamke.json",
        kamke_text(),
        {},
        (("import", "kamke", "kamke.json", "--json", "-o", "k.json"),),
    )
    yield "scenario.toml", TWO_CITIES, {}, (
        ("check", "scenario.toml"), ("keys", "scenario.toml", "-o", "k.csv"),
        ("export", "scenario.toml", "--mps", "-o", "s.mps"),
    )  # fmt: skip
    yield "fleet.toml", FLEET, {}, (
        ("check", "fleet.toml"), ("export", "fleet.toml", "--json", "-o", "f.json"),
    )  # fmt: skip
    yield (
        "clouds.csv",
        CLOUDS,
        {"scenario.toml": CLOUDED},
        (("keys", "scenario.toml", "-o", "k.nc"),),
    )
    yield (
        "forecast.csv",
        FORECAST,
        {"scenario.toml": TWO_CITIES},
        (("keys", "scenario.toml", "--clouds", "forecast.csv", "-o", "k.nc"),),
    )
    tle = "\n".join(line for line in TWO_CITIES.splitlines() if line[:2] in ("1 ", "2 "))
    literal = TWO_CITIES[TWO_CITIES.index("tle = ") : TWO_CITIES.index("[source]")]
    for name, text in (("micius.tle", tle), ("micius.csv", OMM)):
        key = "tle_file" if name.endswith("tle") else "omm_file"
        scenario = TWO_CITIES.replace(literal, f'{key} = "{name}"\n')
        yield name, text, {"scenario.toml": scenario}, (("check", "scenario.toml"),)


def _published() -> Iterator[_Row]:
    file = f"{PROBLEM}.gz"
    solve = ("solve", file, "--json", "--time-limit", "1")
    intervals: tuple[tuple[str, ...], ...] = (
        (*solve, "--strategy", "gd", "-o", "c.json.gz"),
        (*solve, "--strategy", "td", "--kl-max", "0.2"),
        (*solve, "--strategy", "least"),
    )
    contacts: tuple[tuple[str, ...], ...] = ((*solve, "-o", "c.json.gz"),)
    for name in ("hand-two-cities", "hand-three-cities", "hand-odd-ring"):
        of_contacts = name == "hand-odd-ring"
        problem = (MODELS / name / file).read_bytes()
        solved = contacts if of_contacts else intervals
        yield file, problem, {}, (*solved, ("problems", "--check", file))
        for certificate in sorted((MODELS / name / "certificates").iterdir()):
            claim = certificate.name
            read = (
                ("verify", claim, "--json"), ("verify", claim, "--problem", file),
                ("problems", "--check", claim),
            )  # fmt: skip
            shown = (("export", claim, "--csv", "-o", "s.csv"), ("report", claim, "-o", "r.html"))
            yield (
                claim,
                certificate.read_bytes(),
                {file: problem},
                (read if of_contacts else (*read, *shown)),
            )


def _own_products(folder: Path, run: Callable[..., int]) -> Iterator[Seed]:
    """Yield what the commands themselves write and read again."""
    made = folder / "made"
    made.mkdir()
    for name, text in (("keys.csv", KEYS), ("scenario.toml", TWO_CITIES)):
        write(made / name, text)
    _must(run, made, "keys", "scenario.toml", "-o", "keys.nc")
    yield Seed(made / "keys.nc", (), (("solve", "keys.nc", "--json"),))
    _must(run, made, "keys", "scenario.toml", "--clouds", "3", "-o", "skies.nc")
    yield Seed(made / "skies.nc", (), (("export", "skies.nc", "--json", "-o", "p.json"),))
    lat, lon = np.arange(60.0, 0.0, -15.0), np.arange(0.0, 360.0, 30.0)
    cover = np.full((48, 2, lat.size, lon.size), 0.4)
    dims = ("valid_time", "number", "latitude", "longitude")
    members = era5_file(made / "members.nc", cover, lat=lat, lon=lon, start=_NOON, dims=dims)
    read = ("keys", "scenario.toml", "--clouds", "members.nc", "-o", "k.nc")
    yield Seed(members, (made / "scenario.toml",), (read,))
    genetic = ("--solver", "genetic", "--set", "evaluations=400", "--set", "population=20")
    _must(run, made, "solve", "keys.csv", *genetic, "--history", "h.json", "-o", "g.json")
    shown = ("report", "g.json", "--convergence", "h.json", "-o", "r.html")
    yield Seed(made / "h.json", (made / "g.json",), (shown,))
    weights = ("--weights", "A=3,B=1")
    _must(run, made, "solve", "keys.csv", "-o", "w.json", *weights)
    _must(run, made, "front", "keys.csv", "--points", "3", "--time-limit", "1", "-o", "f", *weights)
    shown = ("report", "w.json", "--front", "front.json", "-o", "r.html")
    yield Seed(_moved(made / "f" / "front.json", made), (made / "w.json",), (shown,))
    _must(run, made, "run", "scenario.toml", "-o", "results")
    results = made / "results"
    beside = tuple(path for path in sorted(results.iterdir()) if path.suffix in (".json", ".nc"))
    again = (("report", ".", "-o", "r.html"), ("plot", "timeline", ".", "-o", "t.png"))
    for path in beside:
        others = tuple(other for other in beside if other != path)
        yield Seed(path, others, again)


def _moved(path: Path, folder: Path) -> Path:
    return Path(shutil.copy(path, folder / path.name))


def _must(run: Callable[..., int], folder: Path, *arguments: str) -> None:
    code = run(folder, arguments)
    if code != 0:
        raise RuntimeError(f"qkdopt {' '.join(arguments)} ended with {code}")
