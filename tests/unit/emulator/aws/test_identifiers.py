"""Names that AWS gives."""

import re

from emulator.aws.identifiers import is_fifo, log_group, log_stream, timestamp, url_domain, url_id_in

NOON_S = 1_764_158_400.5  #: 2025-11-26 12:00:00.5 UTC


def test_rt23_a_function_logs_to_its_own_group_and_an_environment_to_its_own_stream() -> None:
    assert log_group("worker") == "/aws/lambda/worker"
    assert re.fullmatch(r"2025/11/26/\[\$LATEST\][0-9a-f]{32}", log_stream("e1", NOON_S))
    assert log_stream("e1", NOON_S) != log_stream("e2", NOON_S)
    assert timestamp(NOON_S) == "2025-11-26T12:00:00.500Z"


def test_a_host_names_the_url_that_it_is_the_domain_of() -> None:
    assert url_domain("abc1", "eu-west-1") == "abc1.lambda-url.eu-west-1.on.aws"
    assert url_id_in("abc1.lambda-url.eu-west-1.on.aws:443") == "abc1"
    assert url_id_in("localhost:9000") is None


def test_a_fifo_queue_is_known_by_its_name() -> None:
    assert is_fifo("jobs.fifo")
    assert not is_fifo("jobs")
