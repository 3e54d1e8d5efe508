"""Feed spoiled files to the command line, each in a process of its own, and look for faults.

    PYTHONPATH=tests python tests/hostile/hostile_runs.py --count 50000 --processes 2

This process loads everything once and is then forked for each input, so that an input costs
milliseconds. What must hold for each: an exit code of 0, 1 or 2 (never 70, a signal or a
traceback); a refusal is one line on standard error and nothing on standard output; ``--json``
prints one document; no control characters reach the terminal; the command ends within
``MOST_SECONDS`` and ``MOST_BYTES``; no file is left half written.
"""

from __future__ import annotations

import argparse
import collections
import gc
import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hostile_mutations import NUMBERS, WORDS, spoiled
from hostile_seeds import Seed, make_seeds

from qkdopt.cli import main

MOST_SECONDS = 20
MOST_BYTES = 2 * 2**30
_WALL_SECONDS = 90  # of a machine that is busy with something else
_POLL_S = 0.002
_SHOWN = 400
_HARMLESS = {"\n", "\t", "\r"}
_OPTION_SHARE = 0.15  # of the inputs are good files with a spoiled option


@dataclass(frozen=True)
class Ended:
    """How one command ended."""

    code: int
    out: str
    err: str
    seconds: float
    memory: int


def run_forked(folder: Path, arguments: Sequence[str]) -> Ended:
    """Run a command in a child of this process, in ``folder``, within the limits."""
    out, err = folder / ".out", folder / ".err"
    before = _held(1)  # what a fork shares with this process
    child = os.fork()
    if not child:
        _run_as_child(folder, arguments, out, err)
    began = time.monotonic()
    while True:
        pid, status, used = os.wait4(child, os.WNOHANG)
        if pid:
            break
        if time.monotonic() - began > _WALL_SECONDS:
            os.kill(child, signal.SIGKILL)
        time.sleep(_POLL_S)
    code = os.waitstatus_to_exitcode(status)
    texts = [path.read_bytes().decode("utf-8", "replace") for path in (out, err)]
    for path in (out, err):
        path.unlink()
    memory = max(0, used.ru_maxrss * 1024 - before)
    return Ended(code, texts[0], texts[1], used.ru_utime + used.ru_stime, memory)


def _run_as_child(folder: Path, arguments: Sequence[str], out: Path, err: Path) -> None:
    code = 99
    try:
        os.chdir(folder)
        for descriptor, path in ((1, out), (2, err)):
            opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(opened, descriptor)
            os.close(opened)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.environ["XDG_STATE_HOME"] = os.environ["TMPDIR"] = str(folder / ".state")
        (folder / ".state").mkdir(exist_ok=True)
        signal.signal(signal.SIGXCPU, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS + 1))
        resource.setrlimit(resource.RLIMIT_AS, (_held(0) + 2 * MOST_BYTES,) * 2)
        code = main(list(arguments))
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException as error:
        os.write(2, f"escaped: {error!r}\n".encode("utf-8", "replace"))
    finally:
        os._exit(code)


def _held(kind: int) -> int:
    """Return the bytes that this process has mapped (0) or holds in memory (1)."""
    return int(Path("/proc/self/statm").read_text().split()[kind]) * resource.getpagesize()


def faults(ended: Ended, arguments: Sequence[str], folder: Path) -> list[str]:
    """Return what is wrong with the way in which a command ended."""
    found = []
    if ended.code not in (0, 1, 2):
        found.append(f"exit code {ended.code}")
    if "Traceback" in ended.err + ended.out:
        found.append("a traceback")
    lines = ended.err.splitlines()
    if ended.code == 2:
        errors = [line for line in lines if line.startswith("qkdopt: error: ")]
        others = [line for line in lines if not line.startswith(("qkdopt: error: ", "qkdopt: war"))]
        if len(errors) != 1 or others:
            found.append(f"{len(lines)} lines instead of one")
        if ended.out and "--json" not in arguments:
            found.append("a refusal with standard output")
    if "--json" in arguments and (ended.out or ended.code in (0, 1)):
        try:
            json.loads(ended.out)
        except ValueError:
            found.append("no JSON document")
    if any(not c.isprintable() and c not in _HARMLESS for c in ended.out + ended.err):
        found.append("control characters")
    if ended.seconds > MOST_SECONDS:
        found.append(f"{ended.seconds:.0f} CPU seconds")
    if ended.memory > MOST_BYTES:
        found.append(f"{ended.memory / 2**30:.1f} GiB")
    left = [path.name for path in folder.iterdir() if path.name.startswith(".")]
    if left := [name for name in left if name not in (".state", ".out", ".err")]:
        found.append(f"half-written files {left}")
    return found


def one_input(seed: Seed, draw: random.Random, folder: Path) -> tuple[Sequence[str], Ended]:
    """Spoil one file or one option, and run one of the commands that read it."""
    folder.mkdir()
    for path in (seed.file, *seed.others):
        shutil.copy(path, folder / path.name)
    arguments = list(draw.choice(seed.commands))
    places = [i for i in range(2, len(arguments)) if arguments[i - 1].startswith("--")]
    places = [i for i in places if not arguments[i].startswith("-")]
    if places and draw.random() < _OPTION_SHARE:
        value = draw.choice((*NUMBERS, *WORDS))
        arguments[draw.choice(places)] = value.replace("\x00", "")  # no process can be given NUL
    else:
        data = spoiled(seed.file.read_bytes(), seed.file.name, draw)
        (folder / seed.file.name).write_bytes(data)
    return arguments, run_forked(folder, arguments)


def attack(
    seeds: Sequence[Seed],
    first_seed: int,
    count: int,
    folder: Path,
    stop: Callable[[], bool] = lambda: False,
) -> dict[str, object]:
    """Run ``count`` inputs, drawn from ``first_seed``; return counts and faults."""
    folder.mkdir()
    codes: collections.Counter[int] = collections.Counter()
    found: list[dict[str, object]] = []
    slowest, largest, done = 0.0, 0, 0
    for number in range(first_seed, first_seed + count):
        if stop():
            break
        draw = random.Random(number)
        place = folder / "input"
        arguments, ended = one_input(draw.choice(seeds), draw, place)
        done += 1
        codes[ended.code] += 1
        slowest, largest = max(slowest, ended.seconds), max(largest, ended.memory)
        if wrong := faults(ended, arguments, place):
            shown = ended.err[-_SHOWN:] or ended.out[-_SHOWN:]
            found.append(
                {"number": number, "faults": wrong, "arguments": arguments, "shown": shown}
            )
        shutil.rmtree(place)
    return {
        "first_seed": first_seed, "inputs": done, "codes": dict(sorted(codes.items())),
        "slowest_cpu_s": round(slowest, 2), "largest_mib": round(largest / 2**20), "faults": found,
    }  # fmt: skip


def _in_folder(folder: Path, arguments: Sequence[str]) -> int:
    """Run a command here, so that forks inherit what it loaded and compiled."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        return main(list(arguments))
    finally:
        os.chdir(before)


def load_everything(folder: Path) -> list[Seed]:
    """Return the good files; run the commands of each once in this process, so that all is loaded.

    What is loaded is kept from the collector, which would copy it into each fork.
    """
    folder.mkdir()
    seeds, known = make_seeds(folder / "seeds", _in_folder), set()
    for seed in seeds:
        files = sorted((seed.file, *seed.others))
        for path in files:
            shutil.copy(path, folder / path.name)
        for arguments in seed.commands:
            if (arguments, *files) in known:  # files that stand beside each other share commands
                continue
            known.add((arguments, *files))
            if code := _in_folder(folder, arguments):
                raise RuntimeError(f"qkdopt {' '.join(arguments)} ended with {code}, not 0")
    gc.collect()
    gc.freeze()
    return seeds


def command() -> int:
    """Parse the arguments, attack, print one JSON document; 1 when there are faults."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, help="drawn and printed unless given")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seconds", type=float, help="of CPU time, children included")
    parser.add_argument("--processes", type=int, default=1)
    given = parser.parse_args()
    seed = random.SystemRandom().randrange(10**9) if given.seed is None else given.seed
    print(f"seed {seed}", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as name:
        reports = _side_by_side(Path(name), seed, given.count, given.processes, given.seconds)
    total = sum(report["inputs"] for report in reports)
    wrong = [fault for report in reports for fault in report["faults"]]
    codes: collections.Counter[str] = collections.Counter()
    for report in reports:
        codes.update({str(code): n for code, n in report["codes"].items()})
    print(json.dumps({
        "seed": seed, "inputs": total, "codes": codes, "faults": wrong,
        "slowest_cpu_s": max(report["slowest_cpu_s"] for report in reports),
        "largest_mib": max(report["largest_mib"] for report in reports),
    }, indent=1))  # fmt: skip
    return int(bool(wrong))


def _side_by_side(
    folder: Path, seed: int, count: int, processes: int, seconds: float | None
) -> list[dict[str, object]]:
    """Share the inputs among processes; what each reports."""
    shown = os.dup(1), os.dup(2)
    for stream in (1, 2):  # what the good commands print
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    seeds = load_everything(folder / "load")
    os.dup2(shown[1], 2)
    children = []
    for part in range(processes):
        child = os.fork()
        if not child:
            first = seed + part * count // processes
            upto = seed + (part + 1) * count // processes
            place = folder / f"part{part}"
            report = attack(seeds, first, upto - first, place, _stopper(seconds))
            (folder / f"report{part}.json").write_text(json.dumps(report))
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    os.dup2(shown[0], 1)
    return [json.loads((folder / f"report{part}.json").read_text()) for part in range(processes)]


def _stopper(seconds: float | None) -> Callable[[], bool]:
    def stop() -> bool:
        used = sum(
            usage.ru_utime + usage.ru_stime
            for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        )
        return seconds is not None and used - began > seconds

    own = resource.getrusage(resource.RUSAGE_SELF)
    began = own.ru_utime + own.ru_stime
    return stop


if __name__ == "__main__":
    sys.exit(command())
