"""Runs the emulator's examination and shows what it found."""

import asyncio
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from rich.console import Console
from rich.text import Text

from emulator.doctor.examination import Examination, examine
from emulator.doctor.findings import Level, by_level
from emulator.loading import place
from emulator.project.project_file import read_project_file
from emulator.region import region_of
from emulator.setting_texts import parse_parameters
from emulator.settings import Settings
from facepipe.client.terminal_text import shown
from facepipe.left_over import left_over
from facepipe.paths import Paths
from facepipe.project import with_samconfig

COLOURS = {Level.ERROR: "red", Level.WARNING: "yellow", Level.NOTE: "cyan"}


def run_doctor(
    template: Path, parameters: Sequence[str], where: tuple[str, str], console: Console, *, as_json: bool
) -> int:
    """Examine; `where` are the Lambda API and the SQS endpoint of what may run. Return 1 when there is an error."""
    api, sqs = where
    project = read_project_file(template.resolve().parent)
    settings = Settings(template, parse_parameters(parameters), project, public_sqs=sqs, region=region_of(os.environ))
    settings = with_samconfig(settings, lambda _: None)
    given, queues = settings.parameters, settings.queue_port
    found = asyncio.run(examine(template, place(settings), given, api=api.rstrip("/"), sqs=queues))
    found = replace(found, findings=by_level([*found.findings, *left_over(Paths().var)]))
    if as_json:
        findings = [{**asdict(finding), "level": finding.level.value} for finding in found.findings]
        console.out(json.dumps({"findings": findings, "looked_at": list(found.looked_at)}, indent=2), highlight=False)
    else:
        _show(found, console)
    return 1 if found.errors else 0


def _show(found: Examination, console: Console) -> None:
    for line in found.looked_at:
        console.print(shown(line, "dim"), soft_wrap=True)
    for finding in found.findings:
        level = (finding.level.value, COLOURS[finding.level])
        console.print(Text.assemble(level, f" {finding.id}  ", shown(finding.path, "bold")), soft_wrap=True)
        console.print(shown(f"  on AWS: {finding.on_aws}"), soft_wrap=True)
        console.print(shown(f"  cure:   {finding.cure}"), soft_wrap=True)
    numbers = [(sum(finding.level is level for finding in found.findings), level.value) for level in Level]
    console.print(", ".join(f"{n} {level}{'' if n == 1 else 's'}" for n, level in numbers), highlight=False)
