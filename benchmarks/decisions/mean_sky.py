"""Verdict: members are kept apart: on the mean sky S-B claims 1.9 to 5.3 times what it brings.

The total hardly minds, as key is nearly linear in the transmittance: on the Micius week S-GD for
the mean sky of 100 drawn ones claims 0.1 % (mild) and 0.7 % (heavy) less than it brings. But
balanced delivery falls by 47 % and 81 %, since every member has some city under clouds. The keys
of the 100 members cost 0.8 CPU seconds.

    python benchmarks/decisions/mean_sky.py
"""

from __future__ import annotations

import time

import qkdopt as qo

MEMBERS, SECONDS = 100, 10


def main() -> None:
    """Compare keys and schedules of the Micius week under the mean sky and under all skies."""
    week = qo.load_scenario("micius-china-2016")
    qo.compute_keys(week)  # compiles what is compiled
    for marginal in ("mild", "heavy"):
        skies = qo.draw_clouds(week, marginal, MEMBERS, seed=1)
        began = time.process_time()
        keys = qo.compute_keys(week.with_clouds(skies), workers=1)
        seconds = time.process_time() - began
        plain = qo.compute_keys(week.with_clouds(skies.mean()))
        ratio = plain.bits.sum() / keys.scenarios.bits.sum(axis=(1, 2)).mean()
        print(f"{marginal}: keys of {MEMBERS} members in {seconds:.2f} CPU seconds")
        print(f"{marginal}: keys of the mean sky, all together {ratio - 1:+.2%} of the mean keys")
        all_skies, mean_sky = map(qo.SchedulingProblem.from_keys, (keys, plain))
        for strategy in (qo.GeneralDelivery(), qo.BalancedDelivery()):
            chosen = qo.solve(mean_sky, strategy, time_limit=SECONDS).certificate
            claimed = qo.evaluate_fresh(mean_sky, strategy, chosen.paths).exact
            brought = qo.evaluate_fresh(all_skies, strategy, chosen.paths).exact
            words = f"{marginal}: {strategy.name} on the mean sky claims {float(claimed):,.0f}"
            print(f"{words}, brings {float(brought):,.0f} ({float(brought / claimed) - 1:+.1%})")


if __name__ == "__main__":
    main()
