"""What a schedule is worth in cloud scenarios, in exact numbers."""

from fractions import Fraction

from qkdopt.optimize.objectives import objective_of
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.strategy import Strategy


def scenario_rewards(
    problem: SchedulingProblem, strategy: Strategy, schedule: Schedule
) -> tuple[Fraction | None, ...]:
    """Return the reward ``R_k`` of a schedule in each scenario, shape ``(M,)``.

    ``None`` where it misses a lower bound.

    Raises
    ------
    InputError
        When the problem has no scenarios, or lacks what the strategy needs.
    """
    delivered = schedule.delivered_by_scenario(problem).tolist()
    reward = objective_of(problem.scenario(0), strategy)  # the same function of bits in all
    return tuple(reward.value(bits) for bits in delivered)


def scenario_value(
    problem: SchedulingProblem, strategy: Strategy, schedule: Schedule
) -> Fraction | None:
    """Return the value of a schedule under the strategy's risk.

    ``None`` where it misses a lower bound in some scenario. Errors as :func:`scenario_rewards`.
    """
    rewards = [r for r in scenario_rewards(problem, strategy, schedule) if r is not None]
    probability, risk = problem.probabilities, strategy.risk
    if probability is None or risk is None or len(rewards) < len(probability):
        return None
    return risk.value(rewards, probability)
