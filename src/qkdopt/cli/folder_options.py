"""Options of studies that keep what they find in a folder."""

from dataclasses import dataclass
from pathlib import Path

from qkdopt.cli.groups import setting
from qkdopt.cli.options import ForceOption, JsonOption, NothingReusedOption


@dataclass(frozen=True)
class Output:
    """What is written, and how it is printed."""

    folder: Path | None = setting(
        "DIR", "Folder for table, picture and all that is found.", flags="-o --output"
    )
    force: ForceOption = False
    fresh: NothingReusedOption = False
    as_json: JsonOption = False
