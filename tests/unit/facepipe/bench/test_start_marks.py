import pytest

from facepipe.bench.start_marks import PROGRAM, READY, WrittenLine, in_order, marks_of


def test_a_start_is_read_from_its_lines():
    lines = [
        WrittenLine(0.9, "template: template.yaml"),
        WrittenLine(1.5, "2026-11-27 15:00:00,000 face-recognition: environment host-1 is ready"),
        WrittenLine(1.6, "2026-11-27 15:00:00,100 face-detection: environment host-2 is ready"),
        WrittenLine(1.75, "ready"),
        WrittenLine(9.0, "2026-11-27 15:00:09,000 face-detection: environment host-3 is ready"),  # a second one, later
    ]
    expected = {PROGRAM: 900, "face-recognition ready": 1500, "face-detection ready": 1600, READY: 1750}
    assert marks_of(lines) == pytest.approx(expected)


def test_the_log_of_a_function_is_no_mark():
    assert (
        marks_of(
            [
                WrittenLine(1.0, "face-detection [x] ready"),
                WrittenLine(2.0, " ready"),
                WrittenLine(3.0, "already: ready"),
            ]
        )
        == {}
    )


def test_medians_come_in_the_order_of_time():
    runs = [{"late": 9.0, "early": 1.0}, {"late": 5.0, "early": 3.0}, {"late": 7.0, "early": 2.0, "once": 4.0}]
    assert list(in_order(runs).items()) == [("early", 2.0), ("late", 7.0)]
    assert in_order([]) == {}
