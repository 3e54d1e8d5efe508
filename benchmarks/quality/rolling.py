"""Back-tests of re-planning, with their marks: ten months of the Micius satellite over China.

    python benchmarks/quality/rolling.py                      # heavy skies, good forecasts
    python benchmarks/quality/rolling.py --all                # mild skies and poor forecasts, too
    python benchmarks/quality/rolling.py --scenarios          # with daily plans on 40 members

Marks, for heavy skies and good forecasts: at most 120 CPU seconds without plans on members; daily
plans on the mean at least 25 % above the static plan; no policy above its bound by more than two
standard errors. Skies and forecasts are assumptions: see docs/concepts/planning-day-by-day.md.
"""

from __future__ import annotations

import sys
import time
import warnings

from qkdopt.physics import load_scenario
from qkdopt.study.rolling.document import MeanError, RollingDocument
from qkdopt.study.rolling.policies import POLICIES, USUAL_POLICIES
from qkdopt.study.rolling.result import mean_error
from qkdopt.study.rolling.run import DrawnSkies, Planning, rolling

DAYS, MOST_CPU_S, LEAST_GAIN = 30, 120.0, 0.25
FIRST = ("heavy", "good")
OTHERS = (("heavy", "poor"), ("mild", "good"), ("mild", "poor"))
MBIT = 1e6


def main(arguments: list[str]) -> int:
    """Print the back-tests; return 1 when a mark is missed."""
    warnings.simplefilter("ignore")
    scenario = load_scenario("micius-china-2016").with_settings({"horizon.duration_days": DAYS})
    every = tuple(policy.name for policy in POLICIES)
    policies = every if "--scenarios" in arguments else USUAL_POLICIES
    missed = 0
    for marginal, skill in (FIRST, *(OTHERS if "--all" in arguments else ())):
        began = time.process_time()
        found = rolling(scenario, DrawnSkies(marginal, skill), Planning(policies))
        cpu_s, form = time.process_time() - began, found.form()
        print(
            f"\n{marginal} skies, {skill} forecasts: {len(form.by_month)} months, {cpu_s:.0f} CPU s"
        )
        show(form)
        if "scenarios" in policies:
            more = mean_error(found.values("scenarios") - found.values("daily"))
            print(f"on members less on the mean, paired: {words(more)} Mbit")
        gain = next(row.share_above_static for row in form.policies if row.name == "daily") or 0.0
        if (marginal, skill) == FIRST:
            within_time = cpu_s <= MOST_CPU_S or "scenarios" in policies
            missed += not (within_time and gain >= LEAST_GAIN)
        missed += not form.within_bounds
    print("\nall marks are met" if not missed else f"\n{missed} back-tests miss a mark")
    return int(missed > 0)


def show(form: RollingDocument) -> None:
    """Print means in Mbit with standard errors, and paired differences."""
    print(f"{'':12} {'t':>14} {'on static':>10} {'to clairvoyant':>15} {'to penalised':>14}")
    for row in form.policies:
        share = "" if row.share_above_static is None else f"{row.share_above_static:+.1%}"
        penalised = "" if row.below_penalised is None else words(row.below_penalised)
        print(
            f"{row.name:12} {words(row.value):>14} {share:>10} {words(row.below_clairvoyant):>15} "
            f"{penalised:>14}"
        )
    print(f"{'clairvoyant':12} {words(form.clairvoyant):>14}")
    if form.penalised is not None:
        print(f"{'penalised':12} {words(form.penalised):>14}")


def words(value: MeanError) -> str:
    """Return a mean and its standard error in Mbit."""
    error = "" if value.standard_error is None else f" ± {value.standard_error / MBIT:.1f}"
    return f"{value.mean / MBIT:.1f}{error}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
