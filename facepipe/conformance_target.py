"""Finds or starts the server of a conformance run: facepipe, another emulator, or AWS if the user has agreed."""

import contextlib
import secrets
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import boto3
import httpx

from facepipe.client.endpoints import EndpointError, check_url
from facepipe.conformance.aws_account import AccountError, cost, role_of, who_asks
from facepipe.conformance.tried_server import LOCAL_ACCOUNT, LOCAL_ROLE, TriedServer, clients
from facepipe.paths import Paths
from facepipe.pipeline_choice import ToStart
from facepipe.started_pipeline import started

AWS = "aws"
#: a project without functions: the cases make their own
EMPTY_PROJECT = "Resources:\n  Unused: {Type: 'AWS::SQS::Queue', Properties: {QueueName: unused}}\n"
AWS_PATIENCE = 6.0  #: a mapping takes half a minute to begin there, and retries take minutes


@dataclass(frozen=True, slots=True)
class ConformanceTarget:
    """The server of a run, and the settings of the run."""

    against: str  #: a URL, AWS, or "" for facepipe, which is started
    region: str
    runtime: str
    role: str = ""  #: of the functions, on AWS; "" if it is to be made
    patience: float | None = None
    agreed: bool = False  #: to what a run on AWS makes and costs

    @property
    def kind(self) -> str:
        """Return what the files of the run are called."""
        return self.against if self.against == AWS else "server" if self.against else "facepipe"


def require_answer(url: str) -> None:
    """Raise `EndpointError` if no server answers at a URL."""
    try:
        httpx.get(check_url(url), timeout=10)
    except httpx.TransportError as error:
        raise EndpointError(f"no server answers at {url} ({error}); is it running?") from error


@contextlib.contextmanager
def opened_target(
    target: ConformanceTarget, say: Callable[[str], None], *, needs_role: bool = True
) -> Iterator[TriedServer]:
    """Yield the server while the block lasts.

    Raises `AccountError` on AWS without `agreed`, or if the account cannot be used.
    Raises `PipelineError` if facepipe does not start.
    """
    if target.against == AWS:
        with _aws(target, needs_role=needs_role) as server:
            yield server
    elif target.against:
        yield _local(target, target.against)
    else:
        with tempfile.TemporaryDirectory() as folder:
            template = Path(folder) / "template.yaml"
            template.write_text(EMPTY_PROJECT, encoding="utf-8")
            with started(ToStart(template), Path(folder), paths=Paths(), say=say) as own:
                yield _local(target, own.endpoints.api)


def _local(target: ConformanceTarget, endpoint: str) -> TriedServer:
    endpoint = endpoint.rstrip("/")
    return TriedServer(
        endpoint,
        target.role or LOCAL_ROLE,
        LOCAL_ACCOUNT,
        secrets.token_hex(2),
        region=target.region,
        runtime=target.runtime,
        patience=target.patience or 1,
        clients=clients(endpoint, target.region),
    )


@contextlib.contextmanager
def _aws(target: ConformanceTarget, *, needs_role: bool) -> Iterator[TriedServer]:
    account = who_asks(boto3.client("sts", region_name=target.region))
    if not target.agreed:
        raise AccountError(f"{cost(account, target.region)}\nIf you agree: --yes")
    made = clients("", target.region)
    with role_of(made["iam"], target.role, account) if needs_role else contextlib.nullcontext("") as role:
        yield TriedServer(
            "",
            role,
            account,
            secrets.token_hex(3),
            region=target.region,
            runtime=target.runtime,
            patience=target.patience or AWS_PATIENCE,
            clients=made,
        )
