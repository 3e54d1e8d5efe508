"""``qkdopt import``: convert external problem formats."""

from pathlib import Path
from typing import Annotated

from qkdopt.cli.console import print_json, print_line
from qkdopt.cli.options import JsonOption, RequiredOutput, argument, option
from qkdopt.errors import InputError

EXAMPLES = (
    "qkdopt import quake week.dzn --interval 30 -o week.json.gz",
    "qkdopt import quake week.dzn --clouds cloud_cover_2018-01-01.csv -o cloudy.json.gz",
    "qkdopt import kamke instance.json -o contacts.json.gz",
    "qkdopt solve contacts.json.gz -o certificate.json.gz",
)
_LAYOUTS = ("quake", "kamke")


def import_command(
    layout: Annotated[
        str,
        argument(
            "quake|kamke",
            "quake: MiniZinc data (.dzn) of the scheduler by Polnik and others; kamke: "
            "contact instances (.json) by Kamke.",
        ),
    ],
    path: Annotated[Path, argument("FILE", "The file to read.")],
    output: RequiredOutput,
    interval: Annotated[
        str | None,
        option("--interval", "S", "For quake: seconds of an interval, a multiple of its samples'."),
    ] = None,
    clouds: Annotated[
        list[Path] | None,
        option(
            "--clouds",
            "FILE.csv",
            "For quake: the project's table of cloud cover, by city and hour; each of several is a "
            "possible sky.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Read a problem in an external format and write it as a qkdopt problem.

    All values are kept exactly; an invalid file is refused with the place of the error.
    """
    if layout not in _LAYOUTS:
        raise InputError("import", layout, " or ".join(_LAYOUTS))
    if not output.name.endswith((".json", ".json.gz")):
        raise InputError(str(output), output.suffix or "no ending", "a name in .json or .json.gz")
    if layout == "quake":
        _quake(path, output, interval, clouds, as_json)
    elif clouds:
        raise InputError("--clouds", str(clouds[0]), "none with kamke: volumes are as stated")
    elif interval is not None:
        raise InputError("--interval", interval, "none with kamke: passes are whole")
    else:
        _kamke(path, output, as_json)


def _quake(
    path: Path, output: Path, interval: str | None, clouds: list[Path] | None, as_json: bool
) -> None:
    from qkdopt.interop import import_quake
    from qkdopt.optimize.problem_file import write_problem

    problem = import_quake(path, interval, clouds or None)
    write_problem(problem, output)
    consumption = dict(problem.information or {}).get("key_consumption", "")
    if as_json:
        print_json(
            {
                "written": str(output),
                "problem_sha256": problem.sha256,
                "stations": list(problem.targets),
                "active_intervals": int(problem.interval.size),
                "interval_s": str(problem.interval_s),
                "switch_s": str(problem.switch_s),
                "weights": list(problem.weights or ()),
                "stock": list(problem.stock or ()),
                "key_consumption": consumption,
            }
        )
        return
    print_line(
        f"{len(problem.targets)} stations, {problem.interval.size:,} active intervals of "
        f"{problem.interval_s} s, {problem.switch_s} s for a hand-over"
    )
    for name, weight, stock in zip(
        problem.targets, problem.weights or (), problem.stock or (), strict=True
    ):
        print_line(f"  {name}: weight {weight:,}, stock {stock:,} bits")
    print_line(f"consumption (information only): {consumption}")
    print_line(f"Written: {output} (SHA-256 {problem.sha256[:16]}...)")


def _kamke(path: Path, output: Path, as_json: bool) -> None:
    from qkdopt.interop import import_kamke

    problem = import_kamke(path)
    problem.save(output)
    sizes = {
        "nodes": len(problem.nodes),
        "passes": len(problem.passes.id),
        "targets": len(problem.targets.id),
        "pairs": problem.pairs,
    }
    if as_json:
        document = {"written": str(output), "problem_sha256": problem.sha256, **sizes}
        print_json({**document, "decimals": problem.decimals})
        return
    print_line(", ".join(f"{count:,} {name}" for name, count in sizes.items()))
    unused = sum(not passes for passes in problem.node_passes)
    if unused:
        print_line(f"{unused:,} nodes have no pass: their targets cannot be served")
    print_line(f"Written: {output} (SHA-256 {problem.sha256[:16]}...)")
