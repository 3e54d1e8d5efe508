"""Execute the notebooks of the documentation, or check that their stored outputs are reprinted.

python docs/execute_notebooks.py            # executes and stores
python docs/execute_notebooks.py --check    # executes a copy; exit code 1 if a text differs
"""

from __future__ import annotations

import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from traitlets.config import Config

NOTEBOOKS = Path(__file__).parent / "notebooks"


def executed(notebook: Any) -> Any:
    """Return a copy of ``notebook`` with fresh outputs and nothing that depends on the run."""
    fresh = deepcopy(notebook)
    config = Config({"KernelManager": {"transport": "ipc"}})  # no port is opened
    NotebookClient(fresh, config=config, timeout=240, record_timing=False).execute()
    for cell in fresh.cells:
        cell.metadata.pop("execution", None)
    fresh.metadata["language_info"] = {"name": "python"}
    return fresh


def texts(notebook: Any) -> list[str]:
    """Return what each code cell prints; of pictures only that there is one."""
    cells = (cell for cell in notebook.cells if cell.cell_type == "code")
    return ["".join(_text(output) for output in cell.outputs) for cell in cells]


def _text(output: Any) -> str:
    if output.output_type == "stream":
        return str(output.text)
    if output.output_type == "error":
        return str(output.evalue)
    data = output.get("data", {})
    return "picture" if "image/png" in data else str(data.get("text/plain", output.output_type))


def main(arguments: list[str]) -> int:
    """Execute all; return 1 when a check finds other texts."""
    different = 0
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        stored = nbformat.read(path, as_version=4)
        fresh = executed(stored)
        if "--check" not in arguments:
            nbformat.write(fresh, path)
            continue
        if texts(fresh) != texts(stored):
            different += 1
            print(f"{path.name}: prints something else; run docs/execute_notebooks.py")
            for now, then in zip(texts(fresh), texts(stored), strict=True):
                if now != then:
                    print(f"--- stored\n{then}\n--- now\n{now}")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
