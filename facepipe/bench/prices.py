"""What AWS would charge: list prices, without free tiers, data transfer, logs and what idle pollers ask of SQS.

From memory of the public price pages of us-east-1 (Lambda on x86, SQS standard queues), as of the date below: compare
them with https://aws.amazon.com/lambda/pricing/ and https://aws.amazon.com/sqs/pricing/ before relying on a sum.
"""

from dataclasses import dataclass

AS_OF = "2025-11"
REGION = "us-east-1"
LAMBDA_GB_S = 0.0000166667  #: dollars, up to six billion GB-seconds a month
LAMBDA_REQUEST = 0.20 / 1_000_000
SQS_REQUEST = 0.40 / 1_000_000  #: of up to 64 KB
SQS_REQUESTS = 6  #: a photo's: sent, received and deleted in two queues, none of them in batches


@dataclass(frozen=True, slots=True)
class Bill:
    """What one run would have cost, in dollars."""

    gb_s: float
    invocations: int
    photos: int

    @property
    def dollars(self) -> float:
        """The whole run."""
        calls = self.invocations * LAMBDA_REQUEST + self.photos * SQS_REQUESTS * SQS_REQUEST
        return self.gb_s * LAMBDA_GB_S + calls

    @property
    def dollars_per_million(self) -> float:
        """A million photos, at this run's average."""
        return self.dollars / self.photos * 1_000_000 if self.photos else 0.0
