"""Protocols and loss terms from outside: named in the scenario, checked at every call."""

import importlib
import math
import sys
from pathlib import Path

import numpy as np
import pytest

import qkdopt as qo
from physics_scenarios import scenario
from qkdopt.errors import InputError, PluginError
from qkdopt.physics.link import DownlinkBudget
from qkdopt.physics.link.plugin_losses import CheckedLoss
from qkdopt.physics.protocols.stations import CheckedProtocol, station_protocol

PLUGINS = Path(__file__).parent / "data" / "plugins"
IDEAL = {"name": "single-photon-bb84", "pulse_rate_hz": 1e6, "qber": 0.0}


@pytest.fixture(autouse=True)
def _installed(monkeypatch):
    monkeypatch.syspath_prepend(PLUGINS)
    importlib.invalidate_caches()
    yield
    sys.modules.pop("qkdopt_example", None)


def test_a_protocol_from_outside():
    found = scenario(plugin={"protocol": IDEAL})
    protocol = station_protocol(found)
    # By hand: 1 MHz, a half of the photons that arrive, no errors.
    rate = protocol.key_rate_bits_per_s(np.array([0.0, 0.01, np.nan]))
    assert rate[:2] == pytest.approx([0.0, 5000.0])
    assert math.isnan(rate[2])
    keys = qo.compute_keys(found)
    assert keys.bits.sum() > 0
    assert keys.provenance["protocol"].startswith("single-photon-bb84 (pulse_rate_hz 1000000.0")
    assert "qkdopt-example 1.0" in keys.provenance["protocol"]
    assert found.digest != scenario().digest
    assert found.digest != scenario(plugin={"protocol": {**IDEAL, "qber": 0.01}}).digest


def test_a_loss_from_outside_multiplies():
    clear = DownlinkBudget.of(scenario())
    lossy = DownlinkBudget.of(scenario(plugin={"loss": [{"name": "fixed-loss", "loss_db": 3}] * 2}))
    range_m, elevation = np.array([600e3, np.nan]), np.array([1.2, np.nan])
    ratio = lossy.transmittance(range_m, elevation) / clear.transmittance(range_m, elevation)
    assert ratio[0] == pytest.approx(10**-0.6)
    assert math.isnan(ratio[1])


def test_without_plugins_nothing_changes():
    assert scenario(plugin={}).digest == scenario().digest
    assert DownlinkBudget.of(scenario()) == DownlinkBudget.of(scenario(plugin={}))


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"protocol": {"name": "b92"}}, r"plugin\.protocol\.name: got b92, expected an installed"),
        ({"protocol": {}}, r"plugin\.protocol\.name: got nothing, expected an installed plug-in"),
        ({"protocol": {**IDEAL, "qber": 2}}, r"ValueError: qber: got 2, expected 0 <= qber"),
        ({"protocol": {**IDEAL, "colour": 2}}, r"TypeError: .*colour"),
        ({"protocol": {**IDEAL, "qber": [1]}}, r"plugin\.protocol\.qber: got \[1\], expected a n"),
        ({"loss": [{"name": "fixed-loss"}]}, r"plugin\.loss\[0\]: got nothing, expected argument"),
        ({"losses": []}, r"unknown key losses', expected one of protocol, loss"),
        ({"loss": {}}, r"plugin: loss: got {}, expected tables \[\[loss\]\]"),
    ],
)
def test_bad_tables_are_one_line(table, message):
    with pytest.raises(InputError, match=message) as refusal:
        scenario(plugin=table)
    assert "\n" not in str(refusal.value)


def test_one_protocol_only():
    with pytest.raises(InputError, match=r"source: got 'a table', expected none beside"):
        scenario(plugin={"protocol": IDEAL}, source={"protocol": "decoy-bb84"})


def test_misbehaving_plugins_stop_the_computation():
    with pytest.raises(PluginError, match="protocol negative: got -1, expected finite rates"):
        qo.compute_keys(scenario(plugin={"protocol": {"name": "negative"}}))
    with pytest.raises(PluginError, match=r"loss wrong-shape: got shape \(\d+,\), expected trans"):
        qo.compute_keys(scenario(plugin={"loss": [{"name": "wrong-shape"}]}))


class Broken:
    def transmittance(self, range_m, elevation_rad):
        return range_m * 1e-5

    def key_rate_bits_per_s(self, transmittance):
        raise KeyError("rate")


def test_every_answer_is_checked():
    with pytest.raises(PluginError, match="protocol x failed: KeyError: 'rate'"):
        CheckedProtocol("x", Broken()).key_rate_bits_per_s(np.ones(2))
    with pytest.raises(PluginError, match="loss x: got 6, expected transmittances from 0 to 1"):
        CheckedLoss("x", Broken()).transmittance(np.array([6e5]), np.array([1.0]))


def test_on_the_command_line(qkdopt):
    from command_line import TWO_CITIES

    source = '[source]\nprotocol = "decoy-bb84"\n'
    table = '[plugin.protocol]\nname = "single-photon-bb84"\n[[plugin.loss]]\n'
    text = TWO_CITIES.replace(source, table + 'name = "fixed-loss"\nloss_db = 1.5\n')
    qkdopt.write("s.toml", text)
    answer = qkdopt("check", "s.toml")
    assert answer.code == 0
    assert "protocol: single-photon-bb84 (qkdopt-example 1.0)" in answer.out
    assert "fixed-loss (loss_db 1.5; qkdopt-example 1.0)" in answer.out
    qkdopt.write("t.toml", text.replace("1.5", "-1"))
    assert "loss_db: got -1" in qkdopt("check", "t.toml").complaint
