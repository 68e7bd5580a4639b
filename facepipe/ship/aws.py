"""The account and the region that the commands work in."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ProfileNotFound

from facepipe.ship.problems import CREDENTIALS, ShipError, in_one_line

CONFIG = Config(connect_timeout=5, read_timeout=60, retries={"mode": "standard", "max_attempts": 4})


@dataclass(frozen=True, slots=True)
class Account:
    """One region of one account; `AWS_ENDPOINT_URL` names another place than AWS's own."""

    region: str
    session: Any

    @classmethod
    def of(cls, environ: Mapping[str, str], region: str | None = None) -> "Account":
        """Return the account of the usual variables and profiles; `ShipError` for a region that there is not."""
        wanted = region or environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")
        try:
            session = boto3.Session(region_name=wanted)
        except ProfileNotFound as error:
            raise ShipError(f"no credentials for AWS ({error}): {CREDENTIALS}") from error
        if not session.region_name:
            raise ShipError("no region is chosen: give --region, or set AWS_REGION, such as us-east-1")
        known = [name for group in session.get_available_partitions() for name in _regions(session, group)]
        if session.region_name not in known:
            near = get_close_matches(session.region_name, known, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise ShipError(f"{session.region_name} is no region of AWS with Lambda{hint}")
        return cls(session.region_name, session)

    def client(self, service: str) -> Any:
        """Return a boto3 client."""
        with in_one_line(f"reaching {service}"):
            return self.session.client(service, config=CONFIG)

    def identity(self) -> str:
        """Return the account's number: the cheapest way to see that the credentials are good."""
        with in_one_line("asking who we are"):
            return str(self.client("sts").get_caller_identity()["Account"])


def _regions(session: Any, partition: str) -> list[str]:
    return list(session.get_available_regions("lambda", partition_name=partition))
