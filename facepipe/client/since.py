"""Stretches of time as people write them: 30s, 5m, 2h, 1d."""

from facepipe.client.endpoints import EndpointError

UNITS_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def seconds(text: str) -> float:
    """Return a stretch of time in seconds, 0 for an empty text; `EndpointError` when it is none."""
    if not text:
        return 0.0
    try:
        return float(text[:-1]) * UNITS_S[text[-1]]
    except (ValueError, KeyError) as error:
        raise EndpointError(f"--since {text}: write it as 30s, 5m, 2h or 1d") from error
