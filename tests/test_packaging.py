"""The wheel carries the published problems, and the installed package finds them there."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from qkdopt import library

REPOSITORY = Path(__file__).parents[1]
LARGEST_WHEEL_BYTES = 25e6
ASK = (
    "import qkdopt as qo; from qkdopt import library; print(library.models_folder());"
    "print(*library.problem_names()); print(qo.load_scenario('micius-china-2016').name)"
)


@pytest.mark.slow
def test_the_wheel_brings_the_published_problems(tmp_path):
    pytest.importorskip("hatchling")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=REPOSITORY, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.stat().st_size < LARGEST_WHEEL_BYTES
    place = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        assert not [name for name in archive.namelist() if "__pycache__" in name]
        archive.extractall(place)
    environment = os.environ | {"PYTHONPATH": str(place)}
    answer = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=tmp_path,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    folder, names, scenario = answer.stdout.splitlines()
    assert Path(folder) == place / "qkdopt" / "models"
    assert tuple(names.split()) == library.problem_names()
    assert scenario == "micius-china-2016"
    for name in library.problem_names():
        ours, theirs = (root / name / library.PROBLEM for root in (library.models_folder(),
                                                                   Path(folder)))  # fmt: skip
        assert library.content_sha256(ours) == library.content_sha256(theirs)


@pytest.mark.slow
def test_the_source_archive_builds_the_same_wheel(tmp_path):
    pytest.importorskip("hatchling")
    build = [sys.executable, "-m", "hatchling", "build", "-d", str(tmp_path), "-t"]
    subprocess.run([*build, "sdist"], cwd=REPOSITORY, check=True, capture_output=True)
    subprocess.run([*build, "wheel"], cwd=REPOSITORY, check=True, capture_output=True)
    (archive,), (wheel,) = tmp_path.glob("*.tar.gz"), tmp_path.glob("*.whl")
    with tarfile.open(archive) as opened:
        opened.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    assert (source / "constraints.txt").is_file()
    again = [*build[:-3], "-d", str(tmp_path / "again"), "-t", "wheel"]
    subprocess.run(again, cwd=source, check=True, capture_output=True)
    contents = [
        {item.filename: item.CRC for item in zipfile.ZipFile(path).infolist()}
        for path in (wheel, tmp_path / "again" / wheel.name)
    ]
    assert contents[0] == contents[1]
