"""Columns of key details: names, units and words, the same in every file."""

import re
from typing import NamedTuple

SECOND = "second_"
"""Begins the columns of the other end of a link to a pair."""

_MIDDLE = "time: point (middle of the interval)"
_MEAN = "time: mean (seconds of contact within the interval)"
_SUM = "time: sum (seconds of contact within the interval)"


class Column(NamedTuple):
    """What a column holds: its unit as in CF conventions, words, and how time enters."""

    units: str
    long_name: str
    cell_methods: str


_COLUMNS = {
    "satellite": Column("", "name of the satellite", ""),
    "link": Column("", "name of the link", ""),
    "station": Column("", "name of the station", ""),
    "interval": Column("1", "global index of the interval", ""),
    "time": Column("s", "middle of the interval", ""),
    "contact_s": Column("s", "seconds of the interval in which the link may work", _SUM),
    "elevation_deg": Column("degree", "elevation of the satellite, without refraction", _MIDDLE),
    "azimuth_deg": Column("degree", "azimuth of the satellite, from north over east", _MIDDLE),
    "range_m": Column("m", "distance from the station to the satellite", _MIDDLE),
    "sun_elevation_deg": Column(
        "degree", "elevation of the Sun's centre at the station, without refraction", _MIDDLE
    ),
    "loss_total_db": Column("dB", "loss from the satellite to the click: sum of its terms", _MEAN),
    "loss_geometric_db": Column("dB", "loss of the beam beside the receiver's aperture", _MEAN),
    "loss_jitter_db": Column("dB", "further loss of the beam by pointing jitter", _MEAN),
    "loss_turbulence_db": Column("dB", "further loss of the beam by turbulence", _MEAN),
    "loss_atmosphere_db": Column("dB", "extinction of clear air", _MEAN),
    "loss_clouds_db": Column("dB", "extinction by clouds", _MEAN),
    "loss_receiver_optics_db": Column("dB", "loss of the receiver's optics", _MEAN),
    "loss_detector_db": Column("dB", "loss by the detector's efficiency", _MEAN),
    "click_rate_hz": Column(
        "s-1", "rate of clicks, dark counts included; of coincidences for a pair", _MEAN
    ),
    "sifted_bits": Column("bit", "bits in matching bases", _SUM),
    "qber": Column("1", "share of the sifted bits that are wrong", _MEAN),
    "secret_bits": Column(
        "bit",
        "whole secret bits, as in the key tensor; expected ones with a success fraction",
        _SUM,
    ),
    "success_fraction": Column(
        "1", "assumed share of passes in which the link works; of the secret bits only", ""
    ),
}


def loss_name(term: str) -> str:
    """Return the column of a factor of the transmittance."""
    return f"loss_{re.sub(r'[^0-9A-Za-z]+', '_', term).strip('_')}_db"


def column_of(name: str) -> Column:
    """Return what the column of that name holds."""
    if name.startswith(SECOND):
        found = column_of(name.removeprefix(SECOND))
        return found._replace(long_name=f"{found.long_name}; other end of the pair")
    return _COLUMNS.get(name) or Column("dB", "further loss", _MEAN)
