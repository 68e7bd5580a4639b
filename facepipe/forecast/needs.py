"""Says what must be installed before something can be forecast."""

from importlib.util import find_spec

from facepipe.forecast.quantities import ForecastError


def need_simpy() -> None:
    """Raise `ForecastError` if the simulation's library is missing."""
    if find_spec("simpy") is None:
        raise ForecastError("a forecast needs the package simpy: pip install simpy")
