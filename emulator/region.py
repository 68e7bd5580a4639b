"""The setting of the region that the emulator plays: ARNs, records, domains and functions' variables name it."""

import re
from collections.abc import Mapping

from emulator.aws.identifiers import DEFAULT_REGION
from emulator.setting import Setting, TextError, last_text

_REGION = re.compile(r"[a-z]{2}-[a-z]+(?:-[a-z]+)?-\d{1,2}")
_OTHER_PARTITIONS = ("cn-", "us-gov-", "us-iso")  #: their ARNs do not begin with arn:aws:


def read_region(text: str) -> str:
    """Read a region's name; any name of the usual form, because AWS adds regions."""
    if not _REGION.fullmatch(text):
        raise TextError(text, f"give a region of AWS, such as {DEFAULT_REGION}")
    if text.startswith(_OTHER_PARTITIONS):
        raise TextError(text, f"the regions of China and of governments are not emulated; use {DEFAULT_REGION}")
    return text


REGION = Setting(
    "The region of the stack, which ARNs, records and functions' variables name.",
    "--region",
    "AWS_REGION",
    further_variables=("AWS_DEFAULT_REGION",),
    read=last_text(read_region),
    metavar="REGION",
)


def region_of(environment: Mapping[str, str]) -> str:
    """Return the region that the variables of a shell name; `SettingsError` for a wrong one."""
    source, texts = REGION.given({}, environment)
    return str(REGION.value(source, texts)) if texts else DEFAULT_REGION
