"""A scenario under the skies that a user asks for: files of an ensemble, or a number to draw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qkdopt.errors import Described, InputError
from qkdopt.numerals import read_whole

if TYPE_CHECKING:
    from qkdopt.physics import Scenario

_MOST_DIGITS = 9


def in_clouds(
    scenario: Scenario,
    texts: Sequence[str],
    *,
    marginal: str | None = None,
    seed: int = 0,
    fresh: bool = False,
) -> Scenario:
    """Return a scenario under the skies that ``texts`` mean.

    Its keys (:func:`qkdopt.compute_keys`) and its problem
    (:func:`~qkdopt.study.operations.problem_of`) are those of each sky. Its own clouds count no
    longer.

    Parameters
    ----------
    texts
        Files without gaps, as :func:`~qkdopt.physics.clouds.read_ensemble` takes them; or one
        whole number: how many SYNTHETIC skies to draw, as :func:`qkdopt.draw_clouds` does.
    marginal, seed
        Of drawn skies; the marginal is ``mild`` by default.
    fresh
        Whether drawn skies come from another stream than those that a plan was made for, and are
        the surprise that it meets.

    Raises
    ------
    InputError
        For no text, a number beside files, a marginal of files, and what the two functions refuse.
    LimitError
        For more skies than there is memory for.
    """
    from qkdopt.physics import check_memory, draw_clouds
    from qkdopt.physics.clouds import read_ensemble
    from qkdopt.physics.clouds.ensemble import MOST_MEMBERS

    where = "--fresh" if fresh else "--clouds"
    numbers = [text for text in texts if text.isascii() and text.isdigit()]
    if not texts or (numbers and len(texts) > 1):
        came = Described(", ".join(texts) or "nothing")
        raise InputError(where, came, "files of cloud ensembles, or one number of skies to draw")
    if numbers:
        members = read_whole(texts[0]) if len(texts[0]) <= _MOST_DIGITS else 0
        if not 1 <= members <= MOST_MEMBERS:
            raise InputError(where, Described(texts[0]), f"1 to {MOST_MEMBERS:,} skies to draw")
        found = draw_clouds(scenario, marginal or "mild", members, seed, fresh=fresh)
    elif marginal is not None:
        raise InputError("--marginal", marginal, "none with files, which are as they are")
    else:
        found = read_ensemble(texts, scenario.places, scenario.grid)
    under = scenario.with_clouds(found)
    check_memory(under)
    return under
