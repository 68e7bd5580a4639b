"""awslambdaric's report of an error, as its runtime writes it to a function's output."""

import pytest

from emulator.link.output_records import records

# awslambdaric 3: bootstrap.py, make_error and log_error, without a framed log
REPORT = '[ERROR] ValueError: no luck\rTraceback (most recent call last):\r\xa0\xa0File "/var/task/app.py", line 9'


@pytest.mark.parametrize("before", ["KeyError: 'nothing'", "working ... ", "[ERROR] mine\tand "])
def test_the_report_is_a_record_of_its_own(before: str) -> None:
    assert records(before + REPORT) == [before, REPORT]


@pytest.mark.parametrize("line", ["", REPORT, "plain", "it said [ERROR] and Traceback", "[ERROR] a\rTraceback\r"])
def test_any_other_line_stays_whole(line: str) -> None:
    assert records(line) == [line]
