"""What AWS would charge: list prices, without free tiers and volume discounts. The only place with prices.

Compared on the date below with copies of AWS's price pages and with calculators that name their date (Lambda:
aws.amazon.com/lambda/pricing, 2026; SQS: aws.amazon.com/sqs/pricing, 2026-06; CloudWatch, X-Ray and data transfer: from
memory of their pages): look at those pages before relying on a sum.
"""

from dataclasses import dataclass

AS_OF = "2026-11"
REGION = "us-east-1"
LAMBDA_GB_S = 0.0000166667  #: dollars, on x86, up to six billion GB-seconds a month
LAMBDA_GB_S_ARM = 0.0000133334  #: on arm64
LAMBDA_REQUEST = 0.20 / 1_000_000
SQS_REQUEST = 0.40 / 1_000_000  #: to a standard queue, for each 64 KB
SQS_REQUESTS = 6  #: a photo's: sent, received and deleted in two queues, none of them in batches
LOG_GB = 0.50  #: taken in by CloudWatch Logs
DATA_OUT_GB = 0.09  #: to the internet, up to ten terabytes a month; what comes in is free
XRAY_TRACE = 5.00 / 1_000_000  #: recorded: one a second, and 5 % of the rest (X-Ray's own default)


def gb_s_price(architecture: str) -> float:
    """Return the price of a GB-second on a processor architecture, by the name that templates have."""
    return LAMBDA_GB_S_ARM if architecture == "arm64" else LAMBDA_GB_S


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
