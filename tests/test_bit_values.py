"""What better equipment is worth: the same as solving the changed scenario by hand."""

import tomllib
from dataclasses import replace

import pytest

import qkdopt as qo
from command_line import TWO_CITIES
from qkdopt import study
from qkdopt.physics.scenario.loader import parse_scenario
from qkdopt.study import bit_values


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
    found = bit_values(
        given,
        {
            "switch_s": [30, "0"],
            "minimum_elevation_deg": [5, 30],
            "station_sun_below_deg": [-18],
        },
    )
    lower = given.visibility.model_copy(update={"minimum_elevation_deg": 5.0})
    assert [item.change for item in found] == [
        "",
        "switch_s",
        "switch_s",
        "minimum_elevation_deg",
        "minimum_elevation_deg",
        "station_sun_below_deg",
    ]
    assert found[0].value == optimum(given)
    assert found[1].value == optimum(scenario(switch_s=30))
    assert found[3].value == optimum(replace(given, visibility=lower))
    assert all(item.gain == item.value - found[0].value for item in found)
    quicker, instant, low, high, darker = found[1:]
    assert 0 <= quicker.gain <= instant.gain
    assert high.gain <= 0 <= low.gain
    assert darker.gain <= 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"colour": [1]}, "changes: got colour, expected one of switch_s"),
        ({"minimum_elevation_deg": [95]}, "changes: minimum_elevation_deg: got 95"),
        ({"switch_s": [-1]}, "switch_s: got -1"),
    ],
)
def test_what_cannot_be_changed(changes, message):
    with pytest.raises(qo.QkdoptError, match=message):
        bit_values(scenario(), changes)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Worth", "BitValue"),
        ("worth_of", "bit_values"),
        ("ForeignEvaluation", "ExternalEvaluation"),
        ("evaluate_foreign", "evaluate_schedule"),
    ],
)
def test_names_of_version_0_1_still_work(old, new):
    with pytest.warns(DeprecationWarning, match=f"{old} is now called {new}"):
        found = getattr(study, old)
    assert found is getattr(study, new)
