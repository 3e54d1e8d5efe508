"""Acquisition: the first seconds of a contact, in which satellite and station find each other.

A station's beacon cannot be acquired before the station is in view, so a contact that has lasted
for less than the acquisition time brings no key: it is no access yet. That needs no rule in the
schedule. A satellite that is idle acquires a station as soon as it is in view, before it serves
it; where it serves another one first, the time of the hand-over holds turning and acquisition.
"""

import numpy as np

from qkdopt.arrays import Bools, Integers


def acquired(
    second: Integers, station: Integers, acquisition_s: Integers, first_second: int
) -> Bools:
    """Say which samples belong to contacts that have lasted long enough, shape ``(S,)``.

    Parameters
    ----------
    second, station
        Of every sample that fulfils the rules of visibility, from ``acquisition_s`` before
        ``first_second`` on (or from the start of the horizon, where contacts begin at the
        earliest), shape ``(S,)``.
    acquisition_s
        Whole seconds without key at the beginning of a contact, by station, shape ``(N,)``.
    first_second
        Samples before it are not asked for: ``False``.
    """
    order = np.lexsort((second, station))
    moment, place = second[order], station[order]
    begins = (np.diff(moment, prepend=-1) != 1) | (np.diff(place, prepend=-1) != 0)
    begin = np.maximum.accumulate(np.where(begins, np.arange(moment.size), 0))
    enough = np.empty(moment.size, dtype=np.bool_)
    enough[order] = moment - moment[begin] >= acquisition_s[place]
    return enough & (second >= first_second)
