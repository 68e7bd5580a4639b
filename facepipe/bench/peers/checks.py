"""Checks what a peer gets wrong, by requests to which AWS's answers are known."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from emulator.free_ports import free_ports
from facepipe.bench.peers.check_cases import large_message, shared_case, topics, topics_without_queues
from facepipe.bench.peers.measured_peer import TRIGGERS, URLS, Peer, wait_for_answer
from facepipe.bench.peers.measured_project import RUNTIME, first_answer_project
from facepipe.bench.peers.sam_lambda import SamLambda
from facepipe.bench.peers.sam_peer import SamPeer
from facepipe.bench.peers.served_lambda import ServedLambda
from facepipe.bench.peers.serverless_lambda import ServerlessLambda
from facepipe.bench.peers.serverless_peer import ServerlessPeer
from facepipe.bench.peers.topic_result import TopicResult
from facepipe.bench.peers.url_rows import KB
from facepipe.conformance.case_files import RecordedCase
from facepipe.conformance.case_run import CaseResult, run_case
from facepipe.conformance.suite_run import run_suite
from facepipe.conformance.tried_server import LOCAL_ACCOUNT, LOCAL_ROLE, TriedServer, clients
from facepipe.elasticmq import elasticmq

WORKERS = 4
PATIENCE = 1.5  #: how much longer than its own time a case waits
REGION = "us-east-1"
NOWHERE = "http://127.0.0.1:1"  #: where a program without queues is asked nothing


def check(peer: Peer, folder: Path) -> list[TopicResult]:
    """Run the cases that a peer can have."""
    with _tried(peer, folder) as server:
        if not peer.offers & {TRIGGERS, URLS}:
            topic, case = large_message()
            return [_result(topic, [case], [run_case(case, server, "000", {})])]
        cases = topics() if TRIGGERS in peer.offers else topics_without_queues()
        flat = [case for members in cases.values() for case in members]
        results = run_suite([shared_case(), *flat], server, WORKERS, lambda _: None).results
        return [_result(topic, members, results) for topic, members in cases.items()]


def _result(topic: str, cases: Sequence[RecordedCase], results: Sequence[CaseResult]) -> TopicResult:
    ids = {case.id for case in cases}
    wrong = [result for result in results if result.case.id in ids and not result.passed]
    return TopicResult(topic, len(cases), {result.case.says: result.problems[0] for result in wrong})


@contextmanager
def _tried(peer: Peer, folder: Path) -> Iterator[TriedServer]:
    """Run a peer without functions of its own, and yield it as the conformance suite sees it."""
    if isinstance(peer, ServerlessPeer):
        with (
            elasticmq(free_ports().sqs) as endpoint,
            _served(ServerlessLambda(peer, endpoint, folder), endpoint) as server,
        ):
            yield server
        return
    if isinstance(peer, SamPeer):
        with _served(SamLambda(peer, folder), NOWHERE) as server:
            yield server
        return
    with peer.running(first_answer_project(), folder) as running:
        if running.addresses:
            wait_for_answer(running.addresses["echo"], KB)
        endpoint = running.api or running.sqs
        sqs = clients(running.sqs, REGION)["sqs"]
        yield _server(endpoint, {**clients(endpoint, REGION), "sqs": sqs})


@contextmanager
def _served(functions: ServedLambda, endpoint: str) -> Iterator[TriedServer]:
    """Yield a program whose functions are served one by one, and end them; `endpoint` is that of SQS."""
    try:
        yield _server(endpoint, {**clients(endpoint, REGION), "lambda": functions})
    finally:
        functions.end()


def _server(endpoint: str, by_service: dict[str, object]) -> TriedServer:
    return TriedServer(
        endpoint,
        LOCAL_ROLE,
        LOCAL_ACCOUNT,
        secrets.token_hex(2),
        region=REGION,
        runtime=RUNTIME,
        patience=PATIENCE,
        clients=by_service,
    )
