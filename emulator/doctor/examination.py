"""Examines the template, the running emulator and Docker."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from emulator.aws.arns import Arns
from emulator.doctor.code_rules import examine_code
from emulator.doctor.compose_rules import examine_compose
from emulator.doctor.containers import Found, ask_docker
from emulator.doctor.findings import Finding, Level, by_level
from emulator.doctor.function_rules import examine_functions
from emulator.doctor.image_rules import examine_containers, examine_images, left_containers
from emulator.doctor.mapping_rules import examine_mappings
from emulator.doctor.role_rules import examine_roles
from emulator.doctor.running_rules import examine_running
from emulator.doctor.system import RunningResources, ask_system
from emulator.resources import Resources
from emulator.template import Declared, Place, TemplateError, load_declared, load_file, problems_in

#: part of the loader's error → the id of Lambda's behaviour that it follows
REFUSALS = {
    "Queue visibility timeout": "ES-41",
    "Environment.Variables": "RT-01",
    "a FIFO queue's batches": "ES-10",
    "Maximum batch window": "ES-44",
    "MaximumConcurrency": "ES-14",
    "FilterCriteria": "ES-33",
}
NOT_HERE = "images and containers: `facepipe doctor` examines them, this page does not"


@dataclass(frozen=True, slots=True)
class Examination:
    """The findings, and what was examined."""

    findings: Sequence[Finding]
    looked_at: Sequence[str]  #: a line for each part: what was examined, or why that was not possible

    @property
    def errors(self) -> int:
        """The number of errors among the findings."""
        return sum(finding.level is Level.ERROR for finding in self.findings)


async def examine(template: Path, place: Place, parameters: Mapping[str, str], *, api: str, sqs: str) -> Examination:
    """Examine a template and its running resources; if the template cannot be loaded, its problems are the findings."""
    try:
        resources = load_file(template, place=place, parameters=parameters)
        declared = load_declared(template, place=place, parameters=parameters)
    except TemplateError as error:
        findings = [refusal(problem) for problem in problems_in(error)]
        return Examination(findings, [f"template: {template} cannot be loaded, so nothing else was examined"])
    running, found = await asyncio.gather(
        ask_system(api, sqs, resources),
        asyncio.to_thread(
            ask_docker, {function.name: function.image_uri for function in resources.functions if function.image_uri}
        ),
    )
    findings = [*examine_template(resources, declared, place.arns)]
    findings += [*examine_code(template.parent, resources.functions)]
    current = running.resources if running else resources
    findings += [*examine_compose(template.parent, current.functions)]
    findings += [*_as_it_runs(running, findings)]
    if found:
        findings += [*examine_images(found.images, _architectures(resources, declared))]
        findings += [*examine_containers(found.containers)]
        findings += [] if running else [*left_containers(found.containers)]
    looked_at = [_template_line(template, resources), _system_line(running, api), _docker_line(found)]
    return Examination(by_level(findings), looked_at)


def examine_here(template: Path, place: Place, parameters: Mapping[str, str], running: RunningResources) -> Examination:
    """Examine what runs in this process and its template, without Docker; it may take a second, so not in a loop."""
    findings: list[Finding] = []
    try:
        resources = load_file(template, place=place, parameters=parameters)
        declared = load_declared(template, place=place, parameters=parameters)
    except TemplateError as error:
        findings += [refusal(problem) for problem in problems_in(error)]
        line = f"template: {template} cannot be loaded, so only the running system was examined"
    else:
        findings += [*examine_template(resources, declared, place.arns)]
        findings += [*examine_code(template.parent, resources.functions)]
        findings += [*examine_compose(template.parent, running.resources.functions)]
        line = _template_line(template, resources)
    findings += [*_as_it_runs(running, findings)]
    return Examination(by_level(findings), [line, _largest_line("running system", running), NOT_HERE])


def refusal(error: TemplateError) -> Finding:
    """Return a problem that the loader found as a finding."""
    problem, _, cure = str(error).removeprefix(f"{error.path}: ").partition("; ")
    known = [behaviour for words, behaviour in REFUSALS.items() if words in str(error)]
    return Finding(
        Level.ERROR,
        known[0] if known else "template",
        error.path or "template",
        problem,
        cure or "correct it, then run doctor again",
    )


def examine_template(resources: Resources, declared: Sequence[Declared], arns: Arns) -> Iterator[Finding]:
    """Examine the resources of a template."""
    yield from examine_mappings(resources)
    yield from examine_functions(resources, declared)
    yield from examine_roles(resources, declared, arns)


def _as_it_runs(running: RunningResources | None, known: Sequence[Finding]) -> Iterator[Finding]:
    """Yield the findings about the running system that do not apply to the template; they are marked."""
    for finding in examine_running(running) if running else ():
        if finding not in known:
            yield replace(finding, path=f"{finding.path} (as it runs)")


def _architectures(resources: Resources, declared: Sequence[Declared]) -> dict[str, str]:
    """Return each function's architecture by the template; Lambda's default is x86_64."""
    properties = {resource.logical_id: resource.properties for resource in declared}
    return {
        function.name: str((properties[function.logical_id].get("Architectures") or ["x86_64"])[0])
        for function in resources.functions
    }


def _template_line(template: Path, resources: Resources) -> str:
    parts = {"function": resources.functions, "queue": resources.queues, "mapping": resources.mappings}
    counts = ", ".join(f"{len(of)} {name}{'' if len(of) == 1 else 's'}" for name, of in parts.items())
    return f"template: {template}: {counts}"


def _system_line(running: RunningResources | None, api: str) -> str:
    if running is None:
        return f"running system: nothing at {api} runs this template (start it, or give its address with --api)"
    return _largest_line(f"running system: {api}", running)


def _largest_line(system: str, running: RunningResources) -> str:
    largest = ", ".join(f"{name} {size:,} bytes" for name, size in running.largest_bytes.items())
    return f"{system}; largest messages so far: {largest or 'none received'}"


def _docker_line(found: Found | None) -> str:
    if found is None:
        return "Docker: does not answer, so images and writes outside /tmp were not examined"
    running = sum(map(len, found.containers.values()))
    writes = "" if running else "; no environment runs in a container, so writes outside /tmp were not examined"
    return f"Docker: {len(found.images)} images, {running} running environments{writes}"
