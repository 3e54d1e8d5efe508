"""Main findings of the reproduction of the entanglement paper, in the numbers of its rows."""

from qkdopt.reproduce.iberia import FIXED_SHARE, LINKS, NODES_DEG, IberiaResults
from qkdopt.reproduce.iberia_jobs import KEY_BITS, Shared, Variant
from qkdopt.reproduce.iberia_rows import DAY_S, NEEDS
from qkdopt.reproduce.jobs import BALANCED, GD


def findings(results: IberiaResults) -> list[str]:
    """Return a paragraph for each finding."""
    alone = sum(results.alone[Variant()].bits(link) for link in LINKS)
    shared = float(results.shared[Variant(), GD].value) / alone
    per_key = len(LINKS) * KEY_BITS * results.month_s
    attempts, pairs = (
        results.shared[Variant(counts=counts), BALANCED] for counts in ("attempts", "pairs")
    )
    months = [results.alone[Variant(success="none", node_deg=node)] for node in NODES_DEG]
    totals = [month.shared_optimum for month in months]
    wait = max(results.alone[Variant()].longest_wait_s.values()) / DAY_S
    return [
        f"**The beam.** A waist fixed at {FIXED_SHARE} a loses at most "
        f"{100 * results.beam.fixed_loss:.2f} % of the photons relative to the best waist at "
        "every distance; the paper's gains of about ten are relative to a waist of about a/3.",
        "**The rates.** The paper's two tables differ by the ratio of their source rates, which "
        "fits attempts and not pairs. Its absolute rates lie between ours per "
        "second of the month and ours per second in view (attempts); it states neither the time "
        "over which it averages nor the position of its orbit, which alone changes the month's "
        f"key by a factor of {max(totals) / min(totals):.0f}.",
        f"**Sharing.** The paper serves each link as if it were alone. One satellite serves one "
        f"pair at a time: together the three receive at most {shared:.1%} of the sum of their keys "
        "(proved optimal). The largest rate that all three can have at once is "
        f"{float(attempts.value) / per_key:.2g} (attempts) or {float(pairs.value) / per_key:.2g} "
        "(pairs) keys per second: 256 keys per 12 h for every pair are "
        f"{_possible(attempts, per_key)} with attempts, {_possible(pairs, per_key)} with pairs.",
        f"**Waiting.** A rate averaged over the month hides waits of up to {wait:.0f} days for a "
        "dark pass, because the orbit drifts through daylight.",
    ]


def _possible(found: Shared, per_key: float) -> str:
    need = NEEDS[0][1]
    if float(found.value) / per_key >= need:
        return "possible"
    return "proved impossible" if float(found.bound) / per_key < need else "undecided"
