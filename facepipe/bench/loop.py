"""What a developer waits for: from a save to the new code's answer, and from a mistake to its message."""

import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from emulator.free_ports import free_ports
from emulator.kept_places import JournalPlace
from emulator.setting import as_arguments
from emulator.settings import RIE, RUNTIME_API, Settings
from facepipe.bench.copied_application import copy_application
from facepipe.bench.machine import describe
from facepipe.bench.saved_code import TINY, Edited, mistake_to_message, save_to_answer
from facepipe.paths import Paths
from facepipe.present_models import prepare_rie
from facepipe.up_process import stop, wait_until_ready

TARGET_MS = 1_000  #: for the median of each
FUNCTIONS = {"face-detection": "face_detection", "face-recognition": "face_recognition"}  #: names and packages
TEMPLATE = f"""
Resources:
  Tiny:
    Type: AWS::Lambda::Function
    Properties:
      {{FunctionName: tiny, Code: ./fn, Handler: app.handler, Runtime: python3.{sys.version_info.minor}, Role: r}}
"""
NOT_MEASURED = "not measured: docker compose watch"
NO_CONTAINERS = f"{NOT_MEASURED}, and up --docker, which --docker measures as well"

Spreads = dict[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class LoopBenchOptions:
    """How often is measured, and where the result goes."""

    rounds: int = 5
    result: Path | None = None
    docker: bool = False  #: measure `facepipe up --docker` as well
    base_images: Mapping[str, str] = field(default_factory=dict)  #: see `--base-image` of `facepipe up`


def bench_loop(paths: Paths, options: LoopBenchOptions, console: Console) -> int:
    """Measure, print, and write the result; 1 when a median is above the target."""
    machine = describe(paths.root)
    with tempfile.TemporaryDirectory(prefix="facepipe-loop-") as folder:
        saves, mistakes = _tiny_project(Path(folder) / "tiny", options.rounds)
        prepare_rie(paths, lambda line: console.print(line, highlight=False, markup=False))
        for engine in (RIE, RUNTIME_API):
            saves |= _application(paths, Path(folder) / engine, engine, options.rounds)
        in_containers = _in_containers(Path(folder) / "containers", options) if options.docker else {}
    console.print(_table("save → the new code answers", saves), _table("mistake → message", mistakes))
    if in_containers:
        console.print(_table("save → the new code answers, up --docker", in_containers))
    not_measured = NOT_MEASURED if options.docker else NO_CONTAINERS
    console.print(f"on a machine with a load of {machine['load_before']} before; {not_measured}", highlight=False)
    if options.result:
        spreads = {"save to answer, ms": saves, "mistake to message, ms": mistakes}
        result = {"machine": machine, **spreads, "save to answer in containers, ms": in_containers}
        options.result.parent.mkdir(parents=True, exist_ok=True)
        options.result.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
        console.print(f"result: {options.result}", highlight=False, soft_wrap=True)
    medians = [spread["median"] for spreads in (saves, mistakes) for spread in spreads.values()]
    return 0 if max(medians) < TARGET_MS else 1


def _tiny_project(project: Path, rounds: int) -> tuple[Spreads, Spreads]:
    """Measure a project with one function of two lines."""
    _write_tiny(project)
    settings = _settings(project / "template.yaml", RUNTIME_API)
    log = project.with_suffix(".log")
    with _started(["facepipe", "up"], settings, log) as api:
        spread = save_to_answer(Edited("tiny", project / "fn/app.py", api), rounds)
        (project / "fn/app.py").write_text(TINY, encoding="utf-8")
        return {"tiny function": spread}, dict(mistake_to_message(project, log, rounds))


def _in_containers(project: Path, options: LoopBenchOptions) -> Spreads:
    """Measure the same project in containers: a save builds the function's image anew."""
    _write_tiny(project)
    settings = _settings(project / "template.yaml", RUNTIME_API)
    settings = replace(settings, docker=replace(settings.docker, base_images=options.base_images))
    with _started(["facepipe", "up", "--docker"], settings, project.with_suffix(".log")) as api:
        return {"tiny function": save_to_answer(Edited("tiny", project / "fn/app.py", api), options.rounds)}


def _write_tiny(project: Path) -> None:
    (project / "fn").mkdir(parents=True)
    (project / "fn/app.py").write_text(TINY, encoding="utf-8")
    (project / "template.yaml").write_text(TEMPLATE, encoding="utf-8")


def _application(paths: Paths, copy: Path, engine: str, rounds: int) -> Spreads:
    """Measure both functions of this application, in a copy of it."""
    copy_application(paths, copy)
    settings, found = _settings(copy / "template.yaml", engine), {}
    with _started(["facepipe.bench.copied_application", str(copy)], settings, copy.with_suffix(".log")) as api:
        for name, package in FUNCTIONS.items():
            edited = Edited(name, copy / "services" / package / "main.py", api)
            found[f"{name}, {engine}"] = save_to_answer(edited, rounds)
    return found


def _settings(template: Path, engine: str) -> Settings:
    return Settings(template, engine=engine, ports=free_ports(), journal=JournalPlace(off=True), watch=True)


@contextlib.contextmanager
def _started(module: list[str], settings: Settings, log: Path) -> Iterator[str]:
    """Run an emulator in a process, with its output in a file; yield its API's URL."""
    command = [sys.executable, "-P", "-m", *module, *as_arguments(settings)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, start_new_session=True, text=True
        )
    api = f"http://127.0.0.1:{settings.ports.api}"
    try:
        wait_until_ready(process, f"{api}/health", log)
        yield api
    finally:
        stop(process)


def _table(title: str, spreads: Mapping[str, Mapping[str, float]]) -> Table:
    table = Table("milliseconds", "min", "median", "max", title=title)
    for name, spread in spreads.items():
        values = [f"{value:.0f}" for value in spread.values()]
        table.add_row(name, *values)
    return table
