"""Benchmark plans: groups of instances, strategies, solver configurations and seeds."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qkdopt.bench.configuration import SolverConfiguration
from qkdopt.documents import read_toml
from qkdopt.effort import MOST_THREADS
from qkdopt.errors import InputError
from qkdopt.optimize.strategy_names import default_strategy, strategy_written

_FOLDER = Path(__file__).parent / "plans"
_USUAL_INSTANCE = "micius-china-2016"
_Names = Annotated[list[str], Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Group(_Part):
    """All combinations of the lists; those that a solver cannot carry are left out.

    Attributes
    ----------
    instances
        See :mod:`qkdopt.bench.instances`.
    strategies
        ``gd``, ``pd``, ``td:0.01``, ...
    solvers
        See :class:`~qkdopt.bench.configuration.SolverConfiguration`.
    seeds
        How many, from 0; solvers that draw no numbers run once.
    time_limit_s
        Time limit of each solver [s].
    grace_s
        What a process may take beyond that, for building and judging, before it is ended [s].
    memory_mb
        What a process and its children may hold [MiB], before they are ended.
    threads
        Threads of each solver.
    evaluations
        Evaluations allowed to ``genetic`` and ``hybrid``, unless a configuration sets its own
        number; ``None`` for as many as the time limit allows.
    """

    instances: _Names
    strategies: _Names
    solvers: _Names
    seeds: Annotated[int, Field(ge=1, le=1000)] = 1
    time_limit_s: Annotated[float, Field(gt=0, le=1e6)] = 60.0
    grace_s: Annotated[float, Field(ge=1, le=1e6)] = 60.0
    memory_mb: Annotated[int, Field(ge=1, le=2**24)] = 4096
    threads: Annotated[int, Field(ge=1, le=MOST_THREADS)] = 1
    evaluations: Annotated[int, Field(ge=1)] | None = None


class Plan(_Part):
    """A benchmark: its title and its groups."""

    title: str
    group: Annotated[list[Group], Field(min_length=1)]


def plan_names() -> tuple[str, ...]:
    """Return the names of the plans that come with the package."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def read_plan(
    name_or_path: str,
    changes: Mapping[str, object] | None = None,
    caps: Mapping[str, float] | None = None,
) -> Plan:
    """Return a plan of the package by name, or of a ``.toml`` file.

    Parameters
    ----------
    changes
        Settings that replace those of every group.
    caps
        ``seeds``, ``time_limit_s`` that no group may exceed.

    Raises
    ------
    InputError
        Naming file, key, what stood there and what was expected; also for unknown solvers
        and strategies.
    """
    path = Path(name_or_path)
    if not path.suffix and len(path.parts) == 1:
        if name_or_path not in plan_names():
            expected = f"a .toml file, or one of {', '.join(plan_names())}"
            raise InputError("plan", name_or_path, expected)
        path = _FOLDER / f"{name_or_path}.toml"
    where = str(path if path.parent != _FOLDER else name_or_path)
    document = read_toml(path, "a plan (.toml)", where, exact=False)
    groups = document.get("group", [])
    for group in groups if isinstance(groups, list) else []:
        if isinstance(group, dict):
            group.update(changes or {})
    plan = _checked(document, where)
    return plan if not caps else _capped(plan, caps, where)


def _capped(plan: Plan, caps: Mapping[str, float], where: str) -> Plan:
    groups = [
        group.model_dump() | {name: min(getattr(group, name), most) for name, most in caps.items()}
        for group in plan.group
    ]
    return _checked({"title": plan.title, "group": groups}, where)


def plan_of(settings: dict[str, object]) -> Plan:
    """Return a plan of one group: ``solvers`` and any other settings of a group.

    Raises
    ------
    InputError
        As :func:`read_plan`.
    """
    usual = {"instances": [_USUAL_INSTANCE], "strategies": [default_strategy().name]}
    return _checked({"title": "Solvers compared", "group": [usual | settings]}, "plan")


def _checked(document: dict[str, object], where: str) -> Plan:
    try:
        plan = Plan.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "plan"
        raise InputError(f"{where}: {key}", first["input"], first["msg"]) from error
    for group in plan.group:
        for solver in group.solvers:
            SolverConfiguration.parse(solver)
        for strategy in group.strategies:
            strategy_written(strategy)
    return plan
