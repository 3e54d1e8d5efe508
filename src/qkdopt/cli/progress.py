"""Progress bars: on a terminal only, removed at the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qkdopt.cli.verbosity import LOGGER, is_quiet
from qkdopt.plain_text import printable

if TYPE_CHECKING:
    from rich.progress import Progress, Task, TaskID

_Report = Callable[[float, float | None, float | None], None]
_LEAST_ELAPSED_S = 1.0  # earlier estimates are unreliable
_MINUTE_S = 60
_BAR_CHARACTERS = 10  # with incumbent, bound and times a line still fits a narrow terminal


@dataclass
class Bars:
    """Shows named steps on a terminal and logs when they begin and end."""

    shown: Progress | None
    tasks: dict[str, TaskID]
    began: dict[str, float] = field(default_factory=dict)

    def step(self, name: str, done: float, words: str = "") -> None:
        """Set the completed part of a step, from 0 to 1; a step at 0 only pulses.

        ``words``, if any, replace the name.
        """
        if name not in self.began:
            self.began[name] = time.perf_counter()
            LOGGER.info(f"{name} ...")
        elif done >= 1.0:
            LOGGER.info(f"{name}: {time.perf_counter() - self.began.pop(name):.2f} s")
        if self.shown is None:
            return
        if name not in self.tasks:
            self.tasks[name] = self.shown.add_task(printable(name), total=None)
        task = self.tasks[name]
        self.shown.update(task, total=1.0 if done > 0 else None, completed=done)
        if words:
            self.shown.update(task, description=printable(words))

    def search(self, name: str, time_limit: float | None = None) -> _Report | None:
        """Return the callback for a solver's incumbent and bound."""
        self.step(name, 0.0)
        if self.shown is None:
            return None
        shown = self.shown
        shown.update(self.tasks[name], limit_s=time_limit)

        def report(seconds: float, incumbent: float | None, bound: float | None) -> None:
            words = name
            if incumbent is not None:
                words += f": {incumbent:,.0f}"
            if bound is not None:
                words += f"{' of' if incumbent is not None else ': at most'} {bound:,.0f}"
            if incumbent and bound is not None:
                words += f", gap {100 * (bound - incumbent) / incumbent:.2g} %"
            shown.update(self.tasks[name], description=words)

        return report


def time_left(task: Task) -> str:
    """Return the remaining time of a step: to its time limit, or at the current rate."""
    elapsed = task.elapsed or 0.0
    limit: float | None = task.fields.get("limit_s")
    if limit is not None:
        left = max(0.0, limit - elapsed)
        return f"{_duration(left)} left"
    if task.total is None or not task.completed or elapsed < _LEAST_ELAPSED_S:
        return ""
    left = elapsed * (task.total - task.completed) / task.completed
    return f"about {_duration(left)} left" if left else ""


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), _MINUTE_S)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


@contextmanager
def progress_bars() -> Iterator[Bars]:
    """Yield bars that live while the context does; silent unless both outputs are terminals."""
    from rich.console import Console

    console = Console(stderr=True)
    watched = console.is_terminal and not console.is_dumb_terminal and Console().is_terminal
    if is_quiet() or not watched:
        yield Bars(None, {})
        return
    from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn, TimeElapsedColumn
    from rich.table import Column
    from rich.text import Text

    class TimeLeft(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(time_left(task))

    one_line = [Column(no_wrap=True, overflow="ellipsis") for _ in range(3)]
    columns = (
        TextColumn("{task.description}", markup=False, table_column=one_line[0]),
        BarColumn(bar_width=_BAR_CHARACTERS),
        TimeElapsedColumn(table_column=one_line[1]),
        TimeLeft(table_column=one_line[2]),
    )
    with Progress(*columns, console=console, transient=True) as shown:
        yield Bars(shown, {})
