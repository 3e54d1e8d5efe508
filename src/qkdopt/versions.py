"""Versions of the packages that an installation has or lacks."""

from __future__ import annotations

from importlib import metadata


def package_version(package: str) -> str | None:
    """Return the installed version of a package, or ``None`` where it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
