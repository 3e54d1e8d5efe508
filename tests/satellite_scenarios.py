"""Scenarios of several satellites that several tests read."""

from command_line import TWO_CITIES

__all__ = ["THREE_SATELLITES"]

_TRAIN = """
[[constellation]]
name = "T"
kind = "train"
satellites = 2
spacing_s = 120
altitude_km = 500
inclination_deg = 97.4
node_deg = 182
argument_deg = 80
switch_s = 20
[source]
"""

# Micius and two behind each other that are in view of a city together; one city can receive two.
THREE_SATELLITES = (
    TWO_CITIES.replace("two cities", "three satellites")
    .replace("2016-09-19", "2016-09-23")
    .replace("\n[source]\n", _TRAIN)
    .replace("Shanghai", "Chengdu")
    .replace("lat_deg = 31.22222\nlon_deg = 121.45806", "lat_deg = 30.66667\nlon_deg = 104.06667")
    + "receivers = 2\nswitch_s = 10\n"
)
