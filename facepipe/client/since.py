"""Stretches of time as people write them: 30s, 5m, 2h, 1d; and moments as they read them."""

from datetime import datetime

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


def moment(at_ms: float) -> str:
    """Return a moment, in milliseconds since 1970, by this machine's clock: without the date if it is today's."""
    local = datetime.fromtimestamp(at_ms / 1000).astimezone()
    today = local.date() == datetime.now().astimezone().date()
    return local.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M:%S")
