"""One start of `scripts/up`, as a user starts it, from its first moment to the results of the first photos."""

import contextlib
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from emulator.free_ports import free_ports
from emulator.kept_places import ConsolePlace, JournalPlace, QueuesPlace
from emulator.setting import as_arguments
from emulator.settings import Settings
from facepipe.bench.first_result import GIVE_UP_S, StartBenchError, client
from facepipe.bench.process_costs import all_s
from facepipe.bench.start_marks import WrittenLine, marks_of
from facepipe.client.endpoints import Endpoints
from facepipe.client.photos import Frame
from facepipe.paths import Paths
from facepipe.up_process import stop


@dataclass(frozen=True, slots=True)
class Started:
    """One start; times in ms."""

    marks: dict[str, float]  #: since the start (start_marks.py)
    first_ms: float  #: from the first POST to its result
    next_ms: Sequence[float]  #: of the photos after it
    processor_ms: float  #: what all processes have used until the results were there


def start_up(paths: Paths, photos: Sequence[Frame], *, engine: str, sqs_endpoint: str = "") -> Started:
    """Start the pipeline of a checkout with queues, journal and gallery of its own, send photos, and stop it."""
    with tempfile.TemporaryDirectory(prefix="facepipe-start-") as name:
        folder, ports = Path(name), free_ports()
        settings = Settings(
            paths.template,
            engine=engine,
            ports=ports,
            sqs_endpoint=sqs_endpoint,
            queues=QueuesPlace(folder / "queues/queues.sqlite"),
            journal=JournalPlace(folder / "journal/journal.sqlite"),
            console=ConsolePlace(paths.console_pages, folder / "journal/payloads.sqlite"),
            watch=True,
        )
        command = [str(paths.root / "scripts/up"), *as_arguments(settings), "--gallery", str(folder / "gallery.npz")]
        endpoints = Endpoints(f"http://127.0.0.1:{ports.url}/", f"http://127.0.0.1:{ports.sqs}")
        began, lines = time.monotonic(), list[WrittenLine]()
        with _running(command, began, lines) as process:
            with client(endpoints, lambda: process.poll() is not None) as sender:
                try:
                    sent = sender.send(photos, began)
                except StartBenchError as error:
                    raise StartBenchError(f"{error}; its last words: {_last_words(lines)}") from error
            used_ms = all_s(process.pid) * 1000
        return Started({**marks_of(lines), **sent.marks}, sent.first_ms, sent.next_ms, used_ms)


@contextlib.contextmanager
def _running(command: Sequence[str], began: float, lines: list[WrittenLine]) -> Iterator[subprocess.Popen[str]]:
    """Run a program while the block lasts; what it writes comes into `lines`."""
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip

    def read() -> None:
        lines.extend(WrittenLine(time.monotonic() - began, text.rstrip("\n")) for text in process.stdout or ())

    reader = Thread(target=read, daemon=True)
    reader.start()
    try:
        yield process
    finally:
        stop(process)
        reader.join(GIVE_UP_S)


def _last_words(lines: Sequence[WrittenLine]) -> str:
    return lines[-1].text if lines else "none"
