"""Small projects of one file for each function, in an emulator of this process whose functions are real processes."""

import contextlib
import json
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from emulator.app import Emulator
from emulator.free_ports import free_ports
from emulator.invocation import Invocation, Outcome
from emulator.loading import load
from emulator.project.preparing import Preparation
from emulator.settings import RUNTIME_API, Native, Settings

PYTHON = f"python3.{sys.version_info.minor}"


def function(name: str, **properties: Any) -> dict[str, Any]:
    """Return a function of a template, with its code in the folder of its name."""
    values = {"FunctionName": name, "Code": f"./{name}", "Handler": "app.handler", "Runtime": PYTHON, "Role": "r"}
    return {"Type": "AWS::Lambda::Function", "Properties": {**values, **properties}}


def write(folder: Path, name: str, code: str) -> None:
    """Write a function's only file."""
    (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / name / "app.py").write_text(code, encoding="utf-8")


@contextlib.asynccontextmanager
async def project(
    folder: Path, resources: Mapping[str, Any], settings: Settings | None = None
) -> AsyncIterator[Emulator]:
    """Run the project's resources while the block lasts, as `facepipe up` does."""
    template = folder / "template.yaml"
    template.write_text(json.dumps({"Resources": resources}), encoding="utf-8")
    settings = replace(settings or Settings(), template=template, engine=RUNTIME_API, ports=free_ports())
    said: list[str] = []
    preparation = Preparation(folder, folder / "made", said.append)
    loaded = load(settings)
    preparation.prepare_all(loaded.functions)
    settings = replace(settings, native=Native(folder / "rie", folder, prepare=preparation.launch))
    async with Emulator(settings, loaded) as emulator:
        yield emulator


async def call(emulator: Emulator, name: str, event: bytes = b"{}") -> Outcome:
    """Call a function."""
    return await emulator.parts.pools.invoke(Invocation(name, f"request-of-{name}", event))
