"""``qkdopt problems``: the library of published problems."""

from pathlib import Path
from typing import Annotated, Any

from qkdopt.cli.console import new_table, output, print_json, print_line
from qkdopt.cli.contributions import check_and_print
from qkdopt.cli.exits import FINE
from qkdopt.cli.options import JsonOption, argument, option
from qkdopt.errors import InputError

EXAMPLES = (
    "qkdopt problems",
    "qkdopt problems micius-china-2016 --json",
    "qkdopt problems micius-china-2016 --picture week.png",
    "qkdopt problems --check certificate.json.gz",
)
_PICTURES = (".png", ".svg", ".pdf")


def problems_command(
    name: Annotated[str | None, argument("NAME", "Show only this problem, in detail.")] = None,
    check: Annotated[
        str | None,
        option(
            "--check",
            "FILE",
            "Verify a certificate or instance and compare it with the published ones.",
        ),
    ] = None,
    picture: Annotated[
        Path | None,
        option("--picture", "FILE", "With NAME: draw its best known schedules (.png, .svg, .pdf)."),
    ] = None,
    as_json: JsonOption = False,
) -> int:
    """List published problems: size, and the best value and bound of each strategy.

    Values are the claims of the shipped certificates; qkdopt verify checks them. With --check:
    whether a contributed file is valid and improves on the best known; exit code 1 when a claim
    is false.
    """
    from qkdopt.library import problem_folder, problem_names
    from qkdopt.study.published import published_facts

    if check is not None:
        if name is not None:
            raise InputError("--check", name, "no NAME: the file states its problem")
        return check_and_print(check, as_json)
    if picture is not None:
        if name is None:
            raise InputError("--picture", str(picture), "NAME, too: the problem to draw")
        if picture.suffix.lower() not in _PICTURES:
            raise InputError("--picture", str(picture), f"a name in {', '.join(_PICTURES)}")
        from qkdopt.plots.published import save_picture

        save_picture(problem_folder(name), picture)
    found = [
        published_facts(problem_folder(item)) for item in ([name] if name else problem_names())
    ]
    if as_json:
        print_json(found[0] if name else {"problems": found})
    elif name:
        _print_one(found[0])
        if picture is not None:
            print_line(f"Written: {picture}")
    else:
        _print_all(found)
    return FINE


def _print_all(found: list[dict[str, Any]]) -> None:
    from qkdopt.cli.table import claim_words
    from qkdopt.study.published import standing

    console = output()
    table = new_table(console)
    table.add_column("problem", overflow="fold")
    table.add_column("links or\nnodes", justify="right")
    table.add_column("intervals\nor passes", justify="right")
    table.add_column("best value (strategy)", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for facts in found:
        best = [
            (f"{claim_words(claim, 'value')} ({label})", standing(claim["value"], claim["bound"]))
            for label, claim in facts["best"].items()
        ] or [("-", "")]
        table.add_row(
            _title(facts),
            *(
                next((f"{facts[key]:,}" for key in keys if key in facts), "-")
                for keys in (("links", "nodes"), ("active_intervals", "passes"))
            ),
            "\n".join(value for value, _ in best),
            "\n".join(status for _, status in best),
        )
    console.print(table)


def _print_one(facts: dict[str, Any]) -> None:
    from qkdopt.cli.table import claim_words
    from qkdopt.study.published import standing

    print_line(f"{_title(facts)}: {facts['description']}")
    if "source" in facts:
        print_line(facts["source"])
    keys = ("satellites", "links", "active_intervals", "nodes", "passes", "targets")
    sizes = [f"{facts[key]:,} {key.replace('_', ' ')}" for key in keys if key in facts]
    print_line(f"size: {', '.join(sizes) or 'not computed yet'}")
    for label, claim in facts["best"].items():
        value, bound = (claim_words(claim, key) for key in ("value", "bound"))
        status = standing(claim["value"], claim["bound"])
        words = status if status == "optimal" else f"bound {bound}, {status}"
        print_line(f"{label}: {value}, {words} ({claim['certificate']})")
    print_line(f"folder: {facts['folder']}")


def _title(facts: dict[str, object]) -> str:
    keys = ("synthetic_clouds", "assumed_success_fractions")
    words = [key.replace("_", " ") for key in keys if facts.get(key)]
    return f"{facts['name']} ({', '.join(words)})" if words else str(facts["name"])
