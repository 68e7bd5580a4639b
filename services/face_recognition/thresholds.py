"""Says at the start that the distance which makes somebody a stranger is a guess, and how to set it."""

from services.logs import log
from services.nets.model_files import Threshold


def warn_of_guess(threshold: Threshold, *, own: float | None) -> None:
    """Log a warning unless the threshold was measured, or the user has set one: `own`."""
    if threshold.measured or own is not None:
        return
    advice = (
        f"the threshold of {threshold.distance:g} is a guess ({threshold.basis}). Set MATCH_THRESHOLD (the template's"
        " parameter MatchThreshold) to what facepipe evaluate finds with your photos"
    )
    log("threshold not measured", "", level="WARNING", error=advice)
