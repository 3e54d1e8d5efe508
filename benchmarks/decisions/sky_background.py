"""Verdict: a moonless mountain sky costs 0.7 % of the week's S-GD optimum, a full Moon 3.1 %.

Off by default, since the scheduling paper gives no field of view;
here 50 urad (half angle) and 3 nm. A sky of a city, 100 times brighter than the full Moon's,
leaves a tenth: Y0 is then 3.5e-5, close to the 2e-5 that would explain the paper's greatest
tolerable loss of 35 dB. Magnitudes per square arc second in the I band: mountain top, 19.7
without and 18.1 with a full Moon (ESO's SkyCalc); the city is an assumption.

    python benchmarks/decisions/sky_background.py
"""

from __future__ import annotations

from dataclasses import replace

import qkdopt as qo
from qkdopt.physics.protocols import DecoyBB84
from qkdopt.physics.scenario import Losses

# Radiance of 1 Jy per square arc second at 0.8 um: 1e-26 W m^-2 Hz^-1 times c / lambda^2 per
# um, over (pi / 648,000)^2 sr.
JANSKY = 1e-26 * 2.998e8 / (0.8e-6) ** 2 * 1e-6 / (3.14159265 / 648_000) ** 2
I_BAND_ZERO_JY = 2416.0


def main() -> None:
    """Compare S-GD optima of the week under skies of different brightness."""
    scenario = qo.load_scenario("micius-china-2016")
    without = best(scenario)
    for name, magnitude in (
        ("mountain top, no Moon", 19.7),
        ("mountain top, full Moon", 18.1),
        ("city, 100 times the full Moon's sky", 13.1),
    ):
        radiance = JANSKY * I_BAND_ZERO_JY * 10 ** (-0.4 * magnitude)
        losses = Losses(
            sky_radiance_w_per_m2_sr_um=radiance,
            field_of_view_half_angle_urad=50,
            filter_bandwidth_nm=3,
        )
        lit = replace(scenario, losses=losses)
        background = DecoyBB84.of(lit).background_yield
        change = best(lit) / without - 1
        print(f"{name}: {radiance:.1e} W m^-2 sr^-1 um^-1, Y0 {background:.2e}, {change:+.2%}")


def best(scenario) -> int:
    """Return the S-GD optimum."""
    keys = qo.compute_keys(scenario)
    return qo.solve(qo.SchedulingProblem.from_keys(keys), qo.GeneralDelivery()).value


if __name__ == "__main__":
    main()
