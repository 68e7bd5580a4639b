"""From a project's files to the functions and queues of its template; pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from emulator.resources.function_variables import RESERVED_VARIABLES
from facepipe.starting.callers import Examined, Trigger, find_triggers, sent_to
from facepipe.starting.code_base import CodeBase, Definition
from facepipe.starting.event_signs import signs_of
from facepipe.starting.handler_search import Handler, find_handlers
from facepipe.starting.image_files import image_files
from facepipe.starting.packaging import Package, package_of
from facepipe.starting.project_folder import ProjectFolder, StartingError
from facepipe.starting.python_file import NotPythonError, PythonFile, read_python
from facepipe.starting.queue_use import QueueMention, QueueUse, VariableRead, queue_use
from facepipe.starting.resource_names import UniqueNames, function_name
from facepipe.starting.shared_queues import name_queues

#: variables that the system sets, or that Lambda does not allow to be set
_NOT_OURS = RESERVED_VARIABLES | {"PATH", "HOME", "PYTHONPATH", "LANG", "TZ", "TMPDIR", "USER", "PWD"}
CURE = (
    "define a function of (event, context), such as\n"
    "    def handler(event, context):\n"
    '        return {"statusCode": 200, "body": "hello"}'
)


@dataclass(frozen=True, slots=True)
class StartingFunction:
    """A function for the template."""

    name: str
    handler: Handler
    package: Package
    trigger: Trigger
    use: QueueUse
    sends: tuple[str, ...]  #: names of queues
    reports_failures: bool

    @property
    def to_fill_in(self) -> list[VariableRead]:
        """The variables without which the code fails, and whose values it does not show."""
        of_image = self.package.recipe.variables if self.package.recipe else {}
        given = {*_NOT_OURS, *of_image}
        return [one for one in self.use.variables.values() if one.is_required and one.name not in given]


@dataclass(frozen=True, slots=True)
class StartingQueue:
    """A queue for the template."""

    name: str
    mentions: tuple[QueueMention, ...]
    consumers: tuple[str, ...]  #: names of functions


@dataclass(frozen=True, slots=True)
class StartingPlan:
    """What a template is written from."""

    functions: tuple[StartingFunction, ...]
    queues: tuple[StartingQueue, ...]
    not_taken: tuple[str, ...] = ()  #: "place: why"


def plan_template(folder: ProjectFolder) -> StartingPlan:
    """Return the plan for a project's files; `StartingError` if there is no handler."""
    files, unread = _parsed(folder)
    code = CodeBase(files)
    found = find_handlers(code)
    not_taken = (*unread, *found.not_taken)
    if not found.handlers:
        raise StartingError(_no_handler(folder, not_taken))
    functions = _functions(folder, code, found.handlers)
    return StartingPlan(tuple(functions), tuple(_queues(functions)), not_taken)


def _parsed(folder: ProjectFolder) -> tuple[dict[str, PythonFile], list[str]]:
    files, unread = {}, list(folder.not_read)
    for path, content in folder.python.items():
        try:
            files[path] = read_python(path, content)
        except NotPythonError as error:
            unread.append(f"{path}: it is not read as Python 3 ({error})")
    return files, unread


def _no_handler(folder: ProjectFolder, not_taken: Sequence[str]) -> str:
    what = f"no handler was found in {len(folder.python)} Python files"
    reasons = "".join(f"\nnot taken: {line}" for line in not_taken[:10])
    return f"{what}; {CURE}{reasons}"


def _functions(folder: ProjectFolder, code: CodeBase, handlers: Sequence[Handler]) -> list[StartingFunction]:
    used = [code.used_by(handler.definition) for handler in handlers]
    examined = _examined(folder, code, handlers, used)
    triggers, images, functions = find_triggers(examined), image_files(folder), []
    for handler, definitions, one, trigger in zip(handlers, used, examined, triggers, strict=True):
        package = package_of(handler, folder=folder, images=images, code=code, used=definitions)
        sends = tuple(dict.fromkeys(sent_to(one)))
        functions.append(
            StartingFunction(one.name, handler, package, trigger, one.use, sends, one.signs.reports_failures)
        )
    return functions


def _examined(
    folder: ProjectFolder, code: CodeBase, handlers: Sequence[Handler], used: Sequence[Sequence[Definition]]
) -> list[Examined]:
    """Return what is known of each handler by the definitions that it uses."""
    names, examined = UniqueNames(), []
    for handler, definitions in zip(handlers, used, strict=True):
        statements = [part for one in definitions for part in code.files[one.path].definitions.get(one.name, ())]
        name = names.take(function_name(handler.definition, folder.name))
        examined.append(Examined(name, signs_of(statements), queue_use(code, definitions)))
    name_queues(examined)
    return examined


def _queues(functions: Sequence[StartingFunction]) -> Iterator[StartingQueue]:
    """Yield all queues that the code names or a function takes from, in the order of the code."""
    mentions: dict[str, list[QueueMention]] = {}
    for function in functions:
        for mention in function.use.mentions:
            mentions.setdefault(mention.queue, []).append(mention)
        if function.trigger.queue:
            mentions.setdefault(function.trigger.queue, [])
    for name, found in mentions.items():
        takers = tuple(function.name for function in functions if function.trigger.queue == name)
        yield StartingQueue(name, tuple(found), takers)


def variables_of(function: StartingFunction) -> Mapping[str, QueueMention]:
    """Return the variables of a function that hold queues."""
    return {mention.variable: mention for mention in function.use.mentions if mention.variable}
