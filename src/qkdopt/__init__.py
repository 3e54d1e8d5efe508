"""Provably optimal downlink schedules for satellite quantum key distribution.

    import qkdopt as qo

    scenario = qo.load_scenario("micius-china-2016")
    keys = qo.compute_keys(scenario)
    problem = qo.SchedulingProblem.from_keys(keys)
    outcome = qo.solve(problem, qo.GeneralDelivery())
    verdict = qo.verify(outcome.certificate)

Every name loads its module when it is first used.
"""

from qkdopt.lazy import lazy_names

_lazy, __dir__, __all__ = lazy_names(__name__, __file__)
__all__ += ["__version__"]


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("qkdopt")
    return _lazy(name)
