"""The picture of a published problem: the timeline of its best known schedules."""

from os import PathLike
from pathlib import Path

from qkdopt.certificates import Certificate
from qkdopt.errors import InputError
from qkdopt.library import checked_problem
from qkdopt.optimize.problem_file import read_problem
from qkdopt.plots.timeline import save_timeline
from qkdopt.study.published import published_facts

_MOST = 3  # schedules in a picture


def save_picture(folder: Path, path: str | PathLike[str]) -> tuple[str, ...]:
    """Draw who could be served when and who is, in the best known schedules.

    Returns
    -------
    The strategies that are shown: at most three, the first ones that the library lists.

    Raises
    ------
    InputError
        For contact problems, which have no such picture, and a problem without frozen file.
    OutputError
        When the picture cannot be written.
    """
    facts = published_facts(folder)
    if facts.get("kind") == "contacts":
        raise InputError("--picture", folder.name, "a problem of intervals, not of contacts")
    schedules = {
        label: Certificate.load(folder / "certificates" / best["certificate"]).schedule
        for label, best in list(facts["best"].items())[:_MOST]
    }
    save_timeline(path, read_problem(checked_problem(folder)), schedules, title=folder.name)
    return tuple(schedules)
