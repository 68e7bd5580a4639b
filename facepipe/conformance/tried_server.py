"""The server that is compared with AWS: its clients, and the names that are valid on it."""

import io
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

import boto3
from botocore.config import Config

HANDLERS = Path(__file__).resolve().parent / "handlers.py"
PREFIX = "facepipe-conformance"  #: every name that the suite makes begins with it
LOCAL_ACCOUNT = "000000000000"  #: of emulators
LOCAL_ROLE = f"arn:aws:iam::{LOCAL_ACCOUNT}:role/lambda-role"
LOCAL_KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
SERVICES = ("lambda", "sqs", "iam", "logs")


@dataclass(frozen=True, slots=True)
class TriedServer:
    """An emulator at a URL, or AWS if the URL is empty."""

    endpoint: str
    role: str
    account: str
    run: str  #: a few characters that are in each name of this run
    region: str = "us-east-1"
    runtime: str = "python3.13"
    patience: float = 1  #: multiplies the time that cases wait
    clients: dict[str, Any] = field(default_factory=dict)

    @property
    def is_aws(self) -> bool:
        """Whether this is AWS itself."""
        return not self.endpoint

    def client(self, service: str) -> Any:
        """Return a client. It sends the parameters of a case even if botocore considers them invalid."""
        return self.clients[service]

    def name(self, suffix: str) -> str:
        """Return a name of this run."""
        return f"{PREFIX}-{self.run}-{suffix}"

    def place_of(self, url: str) -> SplitResult:
        """Return where to send requests to a Function URL: for an emulator that names hosts of AWS, its endpoint."""
        parts = urlsplit(url)
        if self.is_aws or _is_here(parts.hostname or ""):
            return parts
        return urlsplit(self.endpoint)


def _is_here(host: str) -> bool:
    """Return whether a host is this machine."""
    return host in ("localhost", "::1") or host.startswith("127.") or host.endswith(".localhost")


def clients(endpoint: str, region: str) -> dict[str, Any]:
    """Return a client for each service that cases use."""
    config = Config(
        parameter_validation=False,
        connect_timeout=5,
        read_timeout=70,
        max_pool_connections=32,
        retries={"mode": "standard", "total_max_attempts": 8} if not endpoint else {"total_max_attempts": 1},
    )
    keys = LOCAL_KEYS if endpoint else {}
    return {
        service: boto3.client(service, endpoint_url=endpoint or None, region_name=region, config=config, **keys)
        for service in SERVICES
    }


def code_archive(*, note: str = "") -> bytes:
    """Return the zip file of the suite's functions; another `note` makes another archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (("handlers.py", HANDLERS.read_text(encoding="utf-8")), ("note.txt", note)):
            entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, text)
    return buffer.getvalue()
