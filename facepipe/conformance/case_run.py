"""Runs one case on a server, and returns the differences from AWS's answers."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from facepipe.conformance.answer_differences import Difference, differences
from facepipe.conformance.asked_steps import NotAskedError, called, collected, left_in, requested
from facepipe.conformance.case_files import CaseStep, RecordedCase
from facepipe.conformance.made_resources import MadeResources, SetUpError
from facepipe.conformance.normal_form import normalised
from facepipe.conformance.placeholders import UnknownPlaceholderError, filled
from facepipe.conformance.tried_server import TriedServer

LOOK_S = 0.25
REFUSAL = ("status", "code", "type", "message")


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How one case went."""

    case: RecordedCase
    step: str = ""  #: the step that went wrong; empty if none did
    problems: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether all was as on AWS."""
        return not self.problems


def run_case(case: RecordedCase, server: TriedServer, number: str, shared: Mapping[str, object]) -> CaseResult:
    """Create what the case needs, carry out its steps until one differs, and remove what was created."""
    made = MadeResources(server, server.name(number), dict(shared))
    try:
        return case_on(made, case)
    finally:
        made.remove()


def case_on(made: MadeResources, case: RecordedCase) -> CaseResult:
    """Run a case, and keep what it created."""
    try:
        made.prepare(case.functions, case.queues)
        for step in case.steps:
            if problems := _done(step, made, case.texts):
                return CaseResult(case, f"{step.kind} {step.target}", tuple(str(problem) for problem in problems))
    except (SetUpError, NotAskedError, UnknownPlaceholderError) as error:
        return CaseResult(case, "what the case needs", (str(error),))
    except (ClientError, BotoCoreError) as error:
        return CaseResult(case, "a request", (f"it was refused: {error}",))
    return CaseResult(case)


def _done(step: CaseStep, made: MadeResources, texts: Mapping[str, str]) -> list[Difference]:
    """Repeat a step until it is as expected or its time is over; return the differences of the last answer."""
    within = step.within_s * made.server.patience
    end = time.monotonic() + within
    while True:
        told = _asked(step, made, within)
        shown = normalised(told, made.values)
        found = _compared(_with_texts(step.expected, texts), shown)
        if not found or time.monotonic() >= end or step.kind in ("collect", "empty"):
            break
        time.sleep(LOOK_S * made.server.patience)
    if not found:
        for name, path in step.save.items():
            made.values[name] = _at(told["answer"], path)
    return found


def _asked(step: CaseStep, made: MadeResources, within_s: float) -> dict[str, Any]:
    request, target = filled(step.request, made.values), str(filled(step.target, made.values))
    match step.kind:
        case "call":
            return called(made.server, target, request)
        case "http":
            return requested(made.server, target, request)
        case "collect":
            return collected(made.server, target, step.count, within_s)
        case "empty":
            return left_in(made.server, target, within_s)
    made.wait_until_active(target, str(request.get("Qualifier", "")))
    return {"status": None, "answer": {}}


def _compared(expected: Mapping[str, Any], shown: Mapping[str, Any]) -> list[Difference]:
    if "refused" in expected:
        wanted = dict(zip(REFUSAL, expected["refused"], strict=False))
        if "refused" not in shown:
            return [Difference("answer", wanted, f"no error: status {shown['status']}, {shown['answer']}")]
        return differences({**wanted, "Reason?": "<any>"}, shown["refused"], "error")
    if "refused" in shown:
        return [Difference("answer", "no error", shown["refused"])]
    found = [Difference("status", expected["status"], shown["status"])] if _other_status(expected, shown) else []
    if "headers" in expected:
        found += differences({"$has": expected["headers"]}, shown["headers"], "headers")
    if "gives" in expected:
        found += differences(expected["gives"], shown["answer"])
    if "has" in expected:
        found += differences({"$has": expected["has"]}, shown["answer"])
    lacks = [name for name in expected.get("lacks", []) if name in shown["answer"]]
    return found + [Difference(f"answer.{name}", "(missing)", shown["answer"][name]) for name in lacks]


def _other_status(expected: Mapping[str, Any], shown: Mapping[str, Any]) -> bool:
    return "status" in expected and expected["status"] != shown["status"]


def _with_texts(expected: Any, texts: Mapping[str, str]) -> Any:
    """Put the texts of the case's file into what is expected; every other placeholder stays."""
    match expected:
        case Mapping():
            return {_with_texts(key, texts): _with_texts(one, texts) for key, one in expected.items()}
        case list():
            return [_with_texts(one, texts) for one in expected]
        case str():
            for name, text in texts.items():
                expected = expected.replace(f"<{name}>", text)
    return expected


def _at(answer: Any, path: str) -> object:
    for part in path.split("."):
        answer = answer[int(part)] if isinstance(answer, list) else answer[part]
    return answer
