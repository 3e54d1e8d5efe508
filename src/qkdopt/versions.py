"""Versions of the packages that an installation has or lacks."""

from functools import cache
from importlib import metadata


@cache
def version(package: str) -> str:
    """Return the installed version, read once; or raise ``PackageNotFoundError``."""
    return metadata.version(package)


def package_version(package: str) -> str | None:
    """Return the installed version of a package, or ``None`` where it is not installed."""
    try:
        return version(package)
    except metadata.PackageNotFoundError:
        return None
