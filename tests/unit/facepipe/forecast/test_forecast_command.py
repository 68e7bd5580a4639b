"""`facepipe forecast` as a user meets it: what is printed, what is written, and what is said of mistakes."""

import contextlib
import json
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from emulator.journal.entries import Entry, Kind, Line
from emulator.journal.store import JournalStore
from facepipe.__main__ import program
from facepipe.forecast.forecast_options import resources_of
from facepipe.forecast.journal_samples import read_journal
from facepipe.forecast.quantities import ForecastError

runner = CliRunner()
ROOT = Path(__file__).resolve().parents[4]
LOAD = ["--rate", "20", "--for", "30s"]
TIMES = ["--call-ms", "face-detection=60", "--call-ms", "face-recognition=50"]
BARE = "Resources:\n  Q: {Type: AWS::SQS::Queue}\n"


def forecast(*arguments: str, output: Path) -> tuple[int, str]:
    result = runner.invoke(program(), ["forecast", *arguments, "--output", str(output)], env={"COLUMNS": "80"})
    return result.exit_code, result.output


def test_it_says_what_this_application_would_do(tmp_path: Path) -> None:
    code, text = forecast(*LOAD, *TIMES, output=tmp_path / "out")
    assert code == 0
    assert "No limit is reached" in text
    assert "face-recognition" in text
    assert "Lambda requests" in text
    content = json.loads((tmp_path / "out.json").read_text())
    (figures,) = content["forecast"].values()
    assert figures["done"] == figures["photos"] > 500
    assert (tmp_path / "out.png").stat().st_size > 10_000


def test_it_names_the_first_limit_and_what_to_do(tmp_path: Path) -> None:
    code, text = forecast("--rate", "300", "--for", "30s", *TIMES, output=tmp_path / "out")
    assert code == 0
    assert "First limit: MaximumConcurrency of the mapping (face-recognition)" in " ".join(text.split())
    assert "raise ScalingConfig.MaximumConcurrency" in text


def test_a_new_accounts_limit_is_asked_of_aws(tmp_path: Path) -> None:
    code, text = forecast("--rate", "300", "--for", "10s", "--account-concurrency", "10", *TIMES, output=tmp_path / "o")
    assert "the account's concurrent executions" in " ".join(text.split())
    assert "L-B99A9384" in text
    assert code in (0, 1)


def test_amounts_of_memory_are_compared(tmp_path: Path) -> None:
    code, text = forecast(*LOAD, *TIMES, "--memory", "884,1769,3008", output=tmp_path / "out")
    assert code == 0
    rows = [line.split() for line in text.splitlines() if " MB " in line]
    p50 = [float(row[2]) for row in rows]
    assert p50[0] > 1.5 * p50[1] == pytest.approx(1.5 * p50[2], rel=0.1)


def test_what_one_pays_is_what_a_hand_calculates(tmp_path: Path) -> None:
    """1,769 MB, 100 ms and 50 ms a call: prices of us-east-1 in facepipe/bench/prices.py, x86."""
    times = ["--call-ms", "face-detection=100", "--call-ms", "face-recognition=50"]
    forecast("--rate", "10", "--for", "5m", *times, output=tmp_path / "out")
    (figures,) = json.loads((tmp_path / "out.json").read_text())["forecast"].values()
    costs = {part["name"]: part["dollars"] for part in figures["costs"]}
    photos = figures["photos"]
    assert costs["Lambda face-detection"] == pytest.approx(photos * 0.1 * 1769 / 1024 * 0.0000166667, rel=0.002)
    assert costs["Lambda face-recognition"] == pytest.approx(photos * 0.05 * 1769 / 1024 * 0.0000166667, rel=0.002)
    calls = sum(function["calls"] for function in figures["functions"].values())
    assert costs["Lambda requests"] == pytest.approx(calls * 0.2e-6)
    assert costs["SQS results"] == pytest.approx(photos * 3 * 0.4e-6)
    traces = 300 + (photos - 300) * 0.05
    assert costs["X-Ray traces"] == pytest.approx(traces * 5e-6)
    assert figures["dollars"] == pytest.approx(sum(costs.values()))


def test_the_architecture_is_the_templates_although_another_processor_runs_it_here() -> None:
    functions = resources_of(ROOT / "template.yaml", ["Architecture=arm64"]).functions
    assert {one.details.architecture for one in functions} == {"arm64"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--rate", "abc"], "--rate abc: write photos a second, as 200"),
        ([*LOAD, "--times", "nowhere.json"], "--times nowhere.json: there is no such file"),
        ([*LOAD, "--call-ms", "x"], "--call-ms x: write milliseconds"),
        ([*LOAD, "--call-ms", "0"], "--call-ms 0: write milliseconds"),
        ([*LOAD, "--call-ms", "nobody=5"], "--call-ms nobody=…: the requests' way has face-detection"),
        ([*LOAD, *TIMES, "--memory", "64"], "--memory 64: write MB from 128 to 10,240"),
        ([*LOAD, *TIMES, "--pollers", "1..3"], "--pollers 1..3: write MIN..MAX"),
        ([*LOAD, *TIMES, "--fail", "200%"], "--fail 200%: write a share"),
        ([*LOAD, *TIMES, "--sends", "face-detection=nowhere"], "--sends face-detection=nowhere: the template has"),
        ([*LOAD, *TIMES, "--function", "face-recognition"], "it has no function URL"),
        ([*LOAD, *TIMES, "--url-ms", "inf"], "Invalid value for '--url-ms'"),
        ([*LOAD, *TIMES, "--delivery-ms", "1e300"], "Invalid value for '--delivery-ms'"),
        ([*LOAD, *TIMES, "--creation-ms", "inf"], "Invalid value for '--creation-ms'"),
    ],
)
def test_a_mistake_gets_one_line(arguments: list[str], words: str, tmp_path: Path) -> None:
    code, text = forecast(*arguments, output=tmp_path / "out")
    assert code == 2
    assert words in text
    assert "Traceback" not in text


def test_a_template_without_url_is_named(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(BARE)
    code, text = forecast(str(tmp_path), *LOAD, "--call-ms", "5", output=tmp_path / "out")
    assert code == 2
    assert "the template has no function URL" in text


def test_a_file_that_is_no_bench_file_is_named(tmp_path: Path) -> None:
    for name, content in (("a.json", "{}"), ("b.json", "nonsense"), ("c.sqlite", "nonsense" * 500)):
        (tmp_path / name).write_text(content)
        code, text = forecast(*LOAD, "--times", str(tmp_path / name), output=tmp_path / "out")
        assert code == 2
        assert name in " ".join(text.split())
        assert "Traceback" not in text


def journal(path: Path) -> None:
    """Write a journal with two calls of one message, one of a batch of two, and one that failed."""
    store = JournalStore(path)
    entries = []
    for number, (messages, duration_ms, outcome) in enumerate(
        [(1, 50.0, "success"), (1, 60.0, "success"), (2, 200.0, "success"), (1, 5.0, "function error")]
    ):
        call = f"call-{number}"
        for position in range(messages):
            message = f"{call}-{position}"
            detail = {"queue": "q", "bytes": 1_000 * (number + 1)}
            entries.append(Entry(Kind.RECEIVED, 1.0, message_id=message, detail=detail))
            entries.append(Entry(Kind.BATCHED, 1.0, request_id=call, message_id=message, detail={"queue": "q"}))
        ended: dict[str, object] = {"outcome": outcome, "duration_ms": duration_ms}
        if not number:
            ended |= {"init_ms": 400.0, "init_inside": False}
        entries.append(Entry(Kind.ENDED, 2.0, "f", call, detail=ended))
    store.write(entries, [Line(1.0, "f", "s", "call-0", "x" * 99), Line(1.0, "f", "s", "call-1", "y" * 299)])
    store.close()


def test_a_journal_says_how_long_each_message_took(tmp_path: Path) -> None:
    journal(tmp_path / "journal.sqlite")
    found = read_journal(tmp_path / "journal.sqlite").of("f")
    assert sorted(found.handler_ms) == [50, 60, 100, 100]  # of a batch, each message its share
    assert found.init_ms == (400,)
    assert found.failed == 0.25
    assert found.message_bytes == pytest.approx((1_000 + 2_000 + 2 * 3_000 + 4_000) / 5)
    assert found.log_bytes == 100


def test_a_journal_is_not_changed_by_being_read(tmp_path: Path) -> None:
    journal(tmp_path / "journal.sqlite")
    before = (tmp_path / "journal.sqlite").read_bytes()
    read_journal(tmp_path / "journal.sqlite")
    assert (tmp_path / "journal.sqlite").read_bytes() == before


def test_a_function_that_was_never_called_is_named_with_its_cure(tmp_path: Path) -> None:
    journal(tmp_path / "journal.sqlite")
    with pytest.raises(ForecastError, match="has no call of g: send it some requests"):
        read_journal(tmp_path / "journal.sqlite").of("g")


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        ("no JSON", "cannot be read as a journal"),
        ("[]", "cannot be read as a journal"),
        (None, "cannot be read as a journal"),
        ("[" * 5_000, "cannot be read as a journal"),
        ('{"duration_ms": 1' + "0" * 400 + "}", "cannot be read as a journal"),
        ('{"duration_ms": NaN, "outcome": "success"}', "has impossible numbers for face-detection"),
        ('{"duration_ms": Infinity, "outcome": "success"}', "has impossible numbers for face-detection"),
        ('{"duration_ms": -5, "outcome": "success"}', "has impossible numbers for face-detection"),
        ('{"duration_ms": 5, "init_ms": NaN, "outcome": "success"}', "has impossible numbers for face-detection"),
    ],
)
def test_a_journal_that_no_emulator_wrote_gets_one_line(detail: str | None, words: str, tmp_path: Path) -> None:
    file = tmp_path / "journal.sqlite"
    JournalStore(file).close()
    with contextlib.closing(sqlite3.connect(file)) as database, database:
        row = (1.0, Kind.ENDED.value, "face-detection", detail)
        database.execute("INSERT INTO entries (at_ms, kind, function, detail) VALUES (?, ?, ?, ?)", row)
    code, text = forecast(*LOAD, "--times", str(file), output=tmp_path / "out")
    assert (code, words in " ".join(text.split())) == (2, True), text
    assert "Traceback" not in text


@pytest.mark.parametrize(
    "calls",
    [
        {"handler_ms": ["nan"]},
        {"handler_ms": [-1]},
        {"handler_ms": [5], "failed": 2},
        {"handler_ms": [0], "processor_ms": 5},
        {"handler_ms": [5], "message_bytes": "inf"},
    ],
)
def test_a_bench_file_with_impossible_numbers_gets_one_line(calls: dict[str, object], tmp_path: Path) -> None:
    file = tmp_path / "bench.json"
    file.write_text(json.dumps({"calls": {"face-detection": calls, "face-recognition": {"handler_ms": [50]}}}))
    code, text = forecast(*LOAD, "--times", str(file), output=tmp_path / "out")
    assert (code, "has impossible numbers for face-detection" in " ".join(text.split())) == (2, True), text
