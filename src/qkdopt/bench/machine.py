"""Where and with what a record was made."""

import os
import platform
import subprocess
from functools import cache
from pathlib import Path

from qkdopt.versions import package_version

_PACKAGES = ("qkdopt", "numpy", "scipy", "numba", "pyomo", "highspy", "deap")
_GIT_S = 10.0


@cache
def machine() -> dict[str, object]:
    """Return processor, cores, memory [MiB], system and Python; no name of the machine."""
    import psutil

    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_mb": psutil.virtual_memory().total // 2**20,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown"


def versions() -> dict[str, str]:
    """Return the versions of the packages that every solve may touch."""
    return {package: found for package in _PACKAGES if (found := package_version(package))}


@cache
def commit() -> str:
    """Return the commit of the source, ``+`` behind it when files differ, or ``""``."""
    folder = Path(__file__).parent

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True,
            timeout=_GIT_S, check=True,
        )  # fmt: skip
        return done.stdout.strip()

    try:
        name = git("rev-parse", "HEAD")
        return name + ("+" if git("status", "--porcelain", "--", str(folder.parent)) else "")
    except (OSError, subprocess.SubprocessError):
        return ""
