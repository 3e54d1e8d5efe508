"""Tiny problems drawn by hypothesis, and their optima by trying every schedule."""

from itertools import pairwise, product

from hypothesis import strategies as st

from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.tensor import KeyTensor

# Few different values: ties and zeros are the rule, not the exception.
BITS = st.sampled_from([0, 0, 0, 1, 2, 2, 3, 5, 7])


@st.composite
def tiny_problems(draw, most_links=3, most_intervals=6, most_tau=4):
    """Draw a problem with gaps in time, some of them within reach of a hand-over."""
    links = draw(st.integers(1, most_links))
    intervals = draw(st.integers(0, most_intervals))
    steps = draw(st.lists(st.integers(1, 4), min_size=intervals, max_size=intervals))
    bits = draw(
        st.lists(
            st.lists(BITS, min_size=intervals, max_size=intervals),
            min_size=links,
            max_size=links,
        )
    )
    weights = draw(
        st.lists(st.integers(0, 4), min_size=links, max_size=links).filter(lambda w: any(w))
    )
    tau = draw(st.integers(0, most_tau))
    return problem_of(bits, [sum(steps[: a + 1]) for a in range(intervals)], tau, weights)


def problem_of(bits, interval, tau, weights=None):
    """Return the problem with links A, B, C... and a hand-over of ``tau`` intervals of 10 s."""
    names = [chr(ord("A") + n) for n in range(len(bits))]
    keys = KeyTensor.create(
        bits,
        interval,
        names,
        interval_s=10,
        switch_s=10 * tau,
        weights=None if weights is None else dict(zip(names, weights, strict=True)),
    )
    return SchedulingProblem.from_keys(keys)


def every_schedule(problem):
    """Yield each legal schedule as a tuple with a link or -1 for each active interval."""
    choices = [
        [-1, *(n for n in range(len(problem.links)) if problem.bits[n, a] > 0)]
        for a in range(problem.interval.size)
    ]
    for schedule in product(*choices):
        if obeys_switching(problem, schedule):
            yield schedule


def obeys_switching(problem, schedule):
    """Read the rule off design: consecutive services of different links are > tau apart."""
    services = [(int(problem.interval[a]), link) for a, link in enumerate(schedule) if link >= 0]
    for (earlier, link), (later, other) in pairwise(services):
        if link != other and not later - earlier > problem.tau:
            return False
    return True


def best_by_enumeration(problem, coefficients):
    """Return the largest ``sum c_n E_n`` over every legal schedule."""
    return max(
        sum(
            int(coefficients[link]) * int(problem.bits[link, a])
            for a, link in enumerate(schedule)
            if link >= 0
        )
        for schedule in every_schedule(problem)
    )
