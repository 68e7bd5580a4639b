"""Reads the files in cases/: requests, the answers of AWS, and the sources of these answers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

CASES = Path(__file__).resolve().parent / "cases"
SHAPES_FILE = "shapes.yaml"
#: PyYAML without its C part takes three seconds for the cases
LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
KINDS = ("call", "http", "collect", "empty", "wait")  #: what a step does; exactly one of them
STEP_KEYS = frozenset(
    {*KINDS, "with", "gives", "has", "lacks", "status", "refused", "within", "save", "count", "headers", "raw"}
)
CASE_KEYS = frozenset({"id", "says", "source", "functions", "queues", "steps", "table", "table-of", "note"})


class CaseError(ValueError):
    """A file of cases cannot be read, or no case was chosen; the message names the file and the case."""


@dataclass(frozen=True, slots=True)
class CaseStep:
    """One request and what is expected of its answer."""

    kind: str  #: one of KINDS
    target: str  #: the operation, queue or function
    request: Mapping[str, Any]
    expected: Mapping[str, Any]  #: status, gives, has, lacks, refused
    within_s: float = 0  #: how long the answer may take to become as expected; 0: it must be at once
    save: Mapping[str, str] = field(default_factory=dict)  #: placeholder → path in the answer
    count: int = 1  #: of messages to collect


@dataclass(frozen=True, slots=True)
class RecordedCase:
    """One fact about AWS, or several that one run of AWS showed."""

    id: str
    group: str
    says: str
    source: str
    steps: tuple[CaseStep, ...]
    functions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    queues: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)  #: placeholders of the file, for expected texts


def read_cases(folder: Path = CASES) -> list[RecordedCase]:
    """Return all cases. Raises `CaseError`."""
    shapes = _load(folder / SHAPES_FILE)
    files = sorted(path for path in folder.glob("*.yaml") if path.name != SHAPES_FILE)
    cases = [case for path in files for case in _cases(path, shapes)]
    ids = [case.id for case in cases]
    if twice := {one for one in ids if ids.count(one) > 1}:
        raise CaseError(f"{folder}: two cases have the id {', '.join(sorted(twice))}")
    return cases


def cases_with(text: str, cases: Sequence[RecordedCase], always: str) -> list[RecordedCase]:
    """Return the cases whose id contains the text, and the case `always`. Raises `CaseError` if there is no other."""
    chosen = [case for case in cases if text in case.id and case.id != always]
    if not chosen:
        parts = ", ".join(sorted({f"{case.id.partition('/')[0]}/" for case in cases if case.id != always}))
        raise CaseError(f"no case has {text!r} in its id; ids begin with {parts}")
    return [case for case in cases if case.id == always] + chosen


def _load(path: Path) -> Mapping[str, Any]:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), LOADER)  # noqa: S506  # a safe one
    except yaml.YAMLError as error:
        raise CaseError(f"{path}: {error}") from error
    return content if isinstance(content, Mapping) else {}


def _cases(path: Path, shapes: Mapping[str, Any]) -> Iterator[RecordedCase]:
    content = _load(path)
    for entry in content.get("cases", []):
        where = f"{path.name}: {entry.get('id')}"
        if unknown := set(entry) - CASE_KEYS:
            raise CaseError(
                f"{where}: {', '.join(sorted(unknown))} is not known; known are {', '.join(sorted(CASE_KEYS))}"
            )
        shaped = with_shapes(entry, shapes, where)
        for row in _rows(shaped):
            yield RecordedCase(
                id=f"{path.stem}/{row['id']}",
                group=str(content["group"]),
                says=row["says"],
                source=_source(str(content.get("recorded-by", "")), row["source"]),
                steps=tuple(_step(step, where) for step in row["steps"]),
                functions=row.get("functions") or {},
                queues={name: value or {} for name, value in (row.get("queues") or {}).items()},
                texts=content.get("texts", {}),
            )


def _source(recorded_by: str, source: str) -> str:
    """Return the source of a fact. The name of a test is completed with the file that `recorded-by` names."""
    if source.startswith("../"):
        return recorded_by.partition(" ")[0] + " " + source.removeprefix("../")
    return recorded_by + source if source.lower().startswith("test") else source


def _rows(entry: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield a case, or a case for each row of its table: `[id, target, request, refusal or what is given]`."""
    if "table" not in entry:
        yield entry
        return
    kind = entry.get("table-of", "call")
    for name, target, request, answer in entry["table"]:
        expected = {"refused": answer} if isinstance(answer, list) else answer
        yield {
            **entry,
            "id": f"{entry['id']}-{name}",
            "says": f"{entry['says']}: {name.replace('-', ' ')}",
            "steps": [*entry.get("steps", []), {kind: target, "with": request, **expected}],
        }


def _step(step: Mapping[str, Any], where: str) -> CaseStep:
    if unknown := set(step) - STEP_KEYS:
        raise CaseError(f"{where}: a step has {', '.join(sorted(unknown))}; known are {', '.join(sorted(STEP_KEYS))}")
    kinds = [kind for kind in KINDS if kind in step]
    if len(kinds) != 1:
        raise CaseError(f"{where}: a step has one of {', '.join(KINDS)}, not {', '.join(kinds) or 'none'}")
    return CaseStep(
        kind=kinds[0],
        target=step[kinds[0]],
        request=step.get("with") or {},
        expected={key: step[key] for key in ("status", "gives", "has", "lacks", "refused", "headers") if key in step},
        within_s=step.get("within", 0),
        save=step.get("save") or {},
        count=step.get("count", 1),
    )


def with_shapes(value: Any, shapes: Mapping[str, Any], where: str) -> Any:
    """Replace `{$like: NAME, …}` by the shape of that name with the other members; `-` as a value takes one away."""
    if isinstance(value, list):
        return [with_shapes(one, shapes, where) for one in value]
    if not isinstance(value, Mapping):
        return value
    members = {key: with_shapes(one, shapes, where) for key, one in value.items() if key != "$like"}
    if "$like" not in value:
        return members
    if value["$like"] not in shapes:
        raise CaseError(f"{where}: {SHAPES_FILE} has no shape {value['$like']}")
    own = {key.removesuffix("?") for key in members}
    merged = {
        key: one
        for key, one in with_shapes(shapes[value["$like"]], shapes, where).items()
        if key.removesuffix("?") not in own
    }
    return {**merged, **{key: one for key, one in members.items() if one != "-"}}
