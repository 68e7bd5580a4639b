"""The host names at which AWS serves SQS and Lambda, in every region and partition."""

import re

#: the DNS suffixes of AWS's partitions, for IPv4 and for both, as botocore's endpoint rules have them
_SUFFIXES = (
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "api.aws",
    "api.amazonwebservices.com.cn",
    "api.amazonwebservices.eu",
    "api.aws.hci.ic.gov",
    "api.cloud-aws.adc-e.uk",
    "c2s.ic.gov",
    "cloud.adc-e.uk",
    "csp.hci.ic.gov",
    "sc2s.sgov.gov",
)
_REGION = r"[a-z]{2,5}(?:-[a-z]+){1,2}-\d{1,2}"
_SUFFIX = "(?:" + "|".join(re.escape(suffix) for suffix in _SUFFIXES) + ")"
_ENDPOINT = re.compile(
    rf"(?:\d{{12}}\.)?(?:sqs|lambda)(?:-fips)?\.{_REGION}\.{_SUFFIX}"  # an account id may come first
    rf"|(?:{_REGION}\.)?queue\.{_SUFFIX}"  # SQS's older names, which boto3 used until 2023
)
_URL_DOMAIN = re.compile(rf"[a-z0-9]{{1,63}}\.lambda-url\.{_REGION}\.on\.aws")


def is_endpoint(host: str) -> bool:
    """Return whether a host name, in lower case, is that of an SQS or Lambda endpoint or of a function URL."""
    return bool(_ENDPOINT.fullmatch(host) or _URL_DOMAIN.fullmatch(host))
