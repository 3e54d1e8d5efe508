"""The folder of a back-test: a file for each month."""

from __future__ import annotations

import json
from pathlib import Path

from qkdopt.files import write_text
from qkdopt.study.result_folder import ReusableFolder
from qkdopt.study.rolling.document import Month


class MonthFolder(ReusableFolder[Month]):
    """Months by name."""

    kind = "months"
    ending = ".json"

    def load(self, path: Path) -> Month:
        """Read a month."""
        return Month.read(path)

    def save(self, item: Month, path: Path) -> None:
        """Write a month."""
        write_text(path, json.dumps(item.model_dump(mode="json"), indent=1) + "\n")
