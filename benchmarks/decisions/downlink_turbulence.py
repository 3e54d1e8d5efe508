"""Verdict: turbulence spreads a downlink beam of 10 urad by so little that 0.003 % of key is lost.

A Hufnagel-Valley atmosphere adds 1.9 cm to the radius at the zenith, against 5 m from 500 km;
at 1 urad the week's S-GD optimum loses 0.26 %. Ten times the turbulence at the ground changes
the third digit. So the term is off by default. Scintillation leaves the mean unchanged and is
not in it.

    python benchmarks/decisions/downlink_turbulence.py
"""

from __future__ import annotations

from dataclasses import replace

import qkdopt as qo
from qkdopt.physics.link.turbulence import downlink_spread_at_zenith_m
from qkdopt.physics.scenario import Losses


def main() -> None:
    """Compare S-GD optima at the divergences of the scheduling paper's figure 4."""
    scenario = qo.load_scenario("micius-china-2016")
    spread_m = downlink_spread_at_zenith_m(scenario.optics.wavelength_m)
    print(f"long-term spread at the zenith: {100 * spread_m:.1f} cm")
    for urad in (10.0, 5.0, 3.0, 1.0):
        optics = scenario.optics.model_copy(update={"divergence_half_angle_urad": urad})
        clear = replace(scenario, optics=optics)
        for ground_cn2 in (1.7e-14, 1.7e-13):
            losses = Losses(turbulence="hufnagel-valley", turbulence_ground_cn2=ground_cn2)
            change = best(replace(clear, losses=losses)) / best(clear) - 1
            print(f"{urad:g} urad, Cn2 at the ground {ground_cn2:g}: S-GD optimum {change:+.3%}")


def best(scenario) -> int:
    """Return the S-GD optimum."""
    keys = qo.compute_keys(scenario)
    return qo.solve(qo.SchedulingProblem.from_keys(keys), qo.GeneralDelivery()).value


if __name__ == "__main__":
    main()
