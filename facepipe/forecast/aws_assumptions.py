"""Assumptions about AWS that were not measured. The user can change each of them, and the forecast prints them.

AWS publishes none of these numbers. An environment's creation is said to take from under 100 ms to over a second in all
(AWS Lambda Operator Guide, "Execution environments"); images of this size are at the upper end.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class AwsAssumptions:
    """Latencies in seconds."""

    url_s: float = 0.010  #: from the POST to the function
    delivery_s: float = 0.030  #: from a message's send to its receive by a mapping that polls
    cold_image_s: float = 0.500  #: to create an environment of an image, before its init phase
    cold_zip_s: float = 0.200  #: the same of a zip archive

    def text(self) -> str:
        """Return them in words."""
        return (
            f"URL {self.url_s * 1000:g} ms, queue to mapping {self.delivery_s * 1000:g} ms, creation of an environment"
            f" {self.cold_image_s * 1000:g} ms (zip {self.cold_zip_s * 1000:g} ms), then its init phase"
        )


def assumptions_of(url_ms: float, delivery_ms: float, creation_ms: float | None) -> AwsAssumptions:
    """Return the assumptions that a user has given, in milliseconds; without a `creation_ms`, the usual times."""
    assumed = AwsAssumptions(url_ms / 1000, delivery_ms / 1000)
    if creation_ms is None:
        return assumed
    return replace(assumed, cold_image_s=creation_ms / 1000, cold_zip_s=creation_ms / 1000)
