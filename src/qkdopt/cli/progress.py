"""Progress bars: on a terminal only, gone when the work is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

__all__ = ["Bars", "progress_bars"]


@dataclass
class Bars:
    """Shows steps by name; does nothing where nobody watches."""

    shown: Progress | None
    tasks: dict[str, TaskID]

    def step(self, name: str, done: float, words: str = "") -> None:
        """Say which share of a step is done, from 0 to 1; a step at 0 only pulses.

        ``words``, if any, are shown in place of the name.
        """
        if self.shown is None:
            return
        if name not in self.tasks:
            self.tasks[name] = self.shown.add_task(name, total=None)
        task = self.tasks[name]
        self.shown.update(task, total=1.0 if done > 0 else None, completed=done)
        if words:
            self.shown.update(task, description=words)

    def search(self, name: str) -> Callable[[float, float | None, float | None], None] | None:
        """Return what a solver reports incumbent and bound to."""
        if self.shown is None:
            return None
        shown = self.shown
        self.step(name, 0.0)

        def report(seconds: float, incumbent: float | None, bound: float | None) -> None:
            words = [name]
            if incumbent is not None:
                words.append(f"incumbent {incumbent:,.0f}")
            if bound is not None:
                words.append(f"bound {bound:,.0f}")
            if incumbent and bound is not None:
                words.append(f"gap {100 * (bound - incumbent) / incumbent:.3g} %")
            shown.update(self.tasks[name], description=", ".join(words))

        return report


@contextmanager
def progress_bars() -> Iterator[Bars]:
    """Yield bars that live while the context does; silent unless both outputs are terminals."""
    from rich.console import Console

    console = Console(stderr=True)
    if not (console.is_terminal and not console.is_dumb_terminal and Console().is_terminal):
        yield Bars(None, {})
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as shown:
        yield Bars(shown, {})
