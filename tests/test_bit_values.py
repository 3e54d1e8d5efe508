"""What better equipment is worth: the same as solving the changed scenario by hand."""

import tomllib
from dataclasses import replace

import pytest

import qkdopt as qo
from command_line import TWO_CITIES
from qkdopt import study
from qkdopt.physics.scenario.loader import parse_scenario


def scenario(**horizon):
    tables = tomllib.loads(TWO_CITIES)
    tables["horizon"] |= horizon
    return parse_scenario(tables)


def optimum(given):
    problem = qo.SchedulingProblem.from_keys(qo.compute_keys(given))
    return qo.solve(problem, qo.GeneralDelivery()).value


@pytest.mark.filterwarnings("ignore::qkdopt.physics.ScenarioWarning")
def test_each_change_is_solved_again():
    given = scenario(switch_s=60)
    found = qo.sensitivity(
        given,
        {
            "switch_s": [30, 0],
            "visibility.minimum_elevation_deg": [5, 30],
            "visibility.station_sun_below_deg": [-18],
        },
    )
    lower = given.visibility.model_copy(update={"minimum_elevation_deg": 5.0})
    assert [list(row.settings.values()) for row in found.rows] == [[30], [0], [5], [30], [-18]]
    base = found.base.optimum.value
    values = [row.optimum.value for row in found.rows]
    assert base == optimum(given)
    assert values[0] == optimum(scenario(switch_s=30))
    assert values[2] == optimum(replace(given, visibility=lower))
    quicker, instant, low, high, darker = (value - base for value in values)
    assert 0 <= quicker <= instant
    assert high <= 0 <= low
    assert darker <= 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"colour": [1]}, "colour"),
        ({"visibility.minimum_elevation_deg": [95]}, "visibility.minimum_elevation_deg: got 95"),
        ({"switch_s": [-1]}, "switch_s: got -1"),
    ],
)
def test_what_cannot_be_changed(settings, message):
    with pytest.raises(qo.QkdoptError, match=message):
        qo.sensitivity(scenario(), settings)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ForeignEvaluation", "ExternalEvaluation"),
        ("evaluate_foreign", "evaluate_schedule"),
    ],
)
def test_names_of_version_0_1_still_work(old, new):
    with pytest.warns(DeprecationWarning, match=f"{old} is now called {new}"):
        found = getattr(study, old)
    assert found is getattr(study, new)
