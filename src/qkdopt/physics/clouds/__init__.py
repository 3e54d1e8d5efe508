"""Cloud codes over time: series of files, brought to one code for each station and instant."""

from qkdopt.physics.clouds.ensemble import CloudEnsemble
from qkdopt.physics.clouds.ensemble_files import read_ensemble
from qkdopt.physics.clouds.reading import FORMATS, MISSING_RULES, read_clouds
from qkdopt.physics.clouds.samples import Place
from qkdopt.physics.clouds.series import CloudSeries

__all__ = [
    "FORMATS",
    "MISSING_RULES",
    "CloudEnsemble",
    "CloudSeries",
    "Place",
    "read_clouds",
    "read_ensemble",
]
