"""Assumptions about AWS that were not measured. The user can change each of them, and the forecast prints them.

AWS publishes none of these numbers. An environment's creation is said to take from under 100 ms to over a second in all
(AWS Lambda Operator Guide, "Execution environments"); images of this size are at the upper end.
"""

from dataclasses import dataclass


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
