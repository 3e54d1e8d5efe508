"""``qkdopt new``: a scenario to begin with."""

from pathlib import Path
from typing import Annotated

from qkdopt.cli.console import print_line
from qkdopt.cli.options import argument
from qkdopt.errors import InputError
from qkdopt.files import make_folder, write_text

EXAMPLES = ("qkdopt new my-network", "qkdopt new my-network && qkdopt run my-network")

_FILE = "scenario.toml"


def new_command(
    name: Annotated[
        str, argument("NAME", "Folder to create; also the scenario's name.", shown=True)
    ],
) -> None:
    """Write NAME/scenario.toml: a commented example scenario that runs unchanged."""
    from importlib.resources import files

    folder = Path(name)
    path = folder / _FILE
    if path.exists():
        raise InputError(str(path), "a file that exists", "a new name: nothing is overwritten")
    title = folder.resolve().name
    if any(not character.isprintable() or character in '"\\' for character in title):
        raise InputError("NAME", name, "a name without quotes, backslashes and control characters")
    template = files("qkdopt.physics.scenario").joinpath("template.toml").read_text("utf-8")
    make_folder(folder)
    write_text(path, template.replace("@NAME@", title))
    print_line(f"Written: {path}. Next: qkdopt check {name}; qkdopt run {name}")
