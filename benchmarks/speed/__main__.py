"""How fast each phase is, against a limit and against something that anyone can compare with.

    python benchmarks/speed [--quick] [--only PART ...] [--json FILE]

Parts are ``optimisation``, ``genetic``, ``physics``, ``pairs`` and ``whole_commands``. ``--quick``
leaves out what takes more than a few seconds (the year, the first run). Exit code 1 when a limit
is missed.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import genetic
import optimisation
import pairs
import physics
import whole_commands
from figures import Figure, print_table

PARTS = (optimisation, genetic, physics, pairs, whole_commands)


def main() -> None:
    """Run every measurement and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only what takes a few seconds")
    names = [part.__name__ for part in PARTS]
    parser.add_argument("--only", nargs="+", choices=names, default=names, help="these parts")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    arguments = parser.parse_args()
    figures: list[Figure] = []
    for part in PARTS:
        if part.__name__ in arguments.only:
            figures += part.measure(quick=arguments.quick)
    print_table(figures)
    if arguments.json:
        arguments.json.write_text(json.dumps([vars(figure) for figure in figures], indent=1))
    if any(figure.verdict == "MISSED" for figure in figures):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
