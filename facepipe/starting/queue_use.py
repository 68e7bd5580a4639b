"""Which queues a handler's code names and sends to, which environment variables it reads, which services it calls."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from facepipe.starting.code_base import CodeBase, Definition
from facepipe.starting.code_values import CodeValue, Evaluator, keyword
from facepipe.starting.queue_names import form_of, queue_of

SENDS = {"send_message", "send_message_batch", "send_messages"}
RECEIVES = {"receive_message", "receive_messages", "delete_message", "delete_message_batch"}


@dataclass(frozen=True, slots=True)
class QueueMention:
    """A queue in the code."""

    queue: str
    place: str  #: file:line
    text: str = ""  #: the URL, if it is written into the code
    variable: str = ""
    form: str = "Ref"  #: how the variable holds it


@dataclass(frozen=True, slots=True)
class VariableRead:
    """An environment variable that is no queue's."""

    name: str
    place: str
    is_required: bool


@dataclass(slots=True)
class QueueUse:
    """What a handler does with queues, with variables and with other services."""

    mentions: list[QueueMention] = field(default_factory=list)
    sent_to: list[str] = field(default_factory=list)  #: names of queues, in the order of the code
    received_from: list[str] = field(default_factory=list)
    looked_up: list[str] = field(default_factory=list)  #: whose URL it asks SQS for
    sends_unknown: bool = False  #: it also sends to a queue that cannot be seen in the code
    variables: dict[str, VariableRead] = field(default_factory=dict)
    services: dict[str, str] = field(default_factory=dict)  #: other services of AWS that boto3 calls → file:line

    def rename(self, names: Mapping[str, str]) -> None:
        """Give queues other names."""
        self.mentions = [replace(one, queue=names.get(one.queue, one.queue)) for one in self.mentions]
        self.sent_to = [names.get(queue, queue) for queue in self.sent_to]
        self.received_from = [names.get(queue, queue) for queue in self.received_from]
        self.looked_up = [names.get(queue, queue) for queue in self.looked_up]


def queue_use(code: CodeBase, used: Sequence[Definition]) -> QueueUse:
    """Return what the definitions that a handler uses do with queues."""
    use, nodes = QueueUse(), list[tuple[Evaluator, ast.AST]]()
    for definition in used:
        file = code.files[definition.path]
        for statement in file.definitions.get(definition.name, ()):
            evaluator = Evaluator(code, file, dict(_assigned(statement)))
            nodes += [(evaluator, node) for node in ast.walk(statement)]
    for evaluator, node in nodes:  # first where queues are named, then where these names are used
        _take_value(use, evaluator, node)
    for evaluator, node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            _take_call(use, evaluator, node, node.func)
    return use


def _assigned(statement: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    """Yield what a function assigns to names of its own; its parameters' names mean nothing that is known."""
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        return
    for node in ast.walk(statement):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield name, value
            case ast.arg(arg=name):
                yield name, ast.Constant(value=None)


def _take_value(use: QueueUse, evaluator: Evaluator, node: ast.AST) -> None:
    if isinstance(node, ast.Call | ast.Subscript | ast.Constant | ast.JoinedStr | ast.BinOp | ast.BoolOp):
        value = evaluator.value(node)
        if value is not None:
            _mention(use, evaluator, node, value, is_target=False)


def _take_call(use: QueueUse, evaluator: Evaluator, node: ast.Call, function: ast.Attribute) -> None:
    if function.attr in ("client", "resource"):
        _take_service(use, evaluator, node, function)
    if function.attr not in SENDS | RECEIVES:
        return
    target = keyword(node, "QueueUrl") or function.value
    value = evaluator.value(target)
    queue = _mention(use, evaluator, target, value, is_target=True) if value else ""
    queues = use.received_from if function.attr in RECEIVES else use.sent_to
    if queue and queue not in queues:
        queues.append(queue)
    if not queue and function.attr in SENDS:
        use.sends_unknown = True


def _take_service(use: QueueUse, evaluator: Evaluator, node: ast.Call, function: ast.Attribute) -> None:
    """Take the service of `boto3.client("s3")`, or of a session's client."""
    owner = function.value.func if isinstance(function.value, ast.Call) else function.value
    named = getattr(owner, "attr", getattr(owner, "id", "")).lower()
    given = evaluator.value(keyword(node, "service_name") or next(iter(node.args), None))
    if given and given.text not in ("", "sqs") and (named == "boto3" or "session" in named):
        use.services.setdefault(given.text, f"{evaluator.file.path}:{node.lineno}")


def _mention(use: QueueUse, evaluator: Evaluator, node: ast.expr, value: CodeValue, *, is_target: bool) -> str:
    """Keep a value that is a queue, or an environment variable; return the queue's name."""
    place = f"{evaluator.file.path}:{node.lineno}"
    queue = queue_of(value, is_target=is_target)
    if queue:
        use.variables.pop(value.variable, None)
        mention = QueueMention(queue, place, value.text, value.variable, form_of(value))
        if not any(one.queue == queue and value.variable in ("", one.variable) for one in use.mentions):
            use.mentions.append(mention)
        if value.is_queue_name and queue not in use.looked_up:
            use.looked_up.append(queue)
    elif value.variable and not any(one.variable == value.variable for one in use.mentions):
        before = use.variables.get(value.variable)
        required = value.is_required or (before is not None and before.is_required)
        use.variables[value.variable] = VariableRead(value.variable, before.place if before else place, required)
    return queue
