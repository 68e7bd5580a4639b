"""Writes the plan as a SAM template, with comments that say what was found where."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from emulator.aws.identifiers import is_variable_name
from facepipe.client.printable_text import printable
from facepipe.starting.event_signs import CalledBy
from facepipe.starting.queue_names import place_of
from facepipe.starting.resource_names import UniqueNames, logical_id
from facepipe.starting.starting_plan import StartingFunction, StartingPlan, StartingQueue, variables_of

TIMEOUT_S, MEMORY_MB = 60, 1769
VISIBILITY_TIMEOUT_S = 6 * TIMEOUT_S
MAX_RECEIVE_COUNT = 5
DEAD_LETTERS_KEPT_S = 1_209_600
FIFO = ".fifo"
HEAD = """\
# Written by `facepipe init`, from the code in this folder; nothing of it was run. Check what is called a guess.
#   facepipe up                        runs it on this machine
#   sam build && sam deploy --guided   builds and deploys it to AWS
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
"""
GLOBALS = f"""
Globals:
  Function:
    Timeout: {TIMEOUT_S}
    MemorySize: {MEMORY_MB}  # comes with one CPU
"""
_PLAIN = re.compile(r"[A-Za-z./][A-Za-z0-9_./-]*")
_NOT_TEXT = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}


def template_text(plan: StartingPlan, *, runtime: str) -> str:
    """Return the template; `runtime` is that of functions in zip archives, such as python3.12."""
    taken = UniqueNames()
    queues = {queue.name: taken.take(logical_id(queue.name.removesuffix(FIFO), "Queue")) for queue in plan.queues}
    functions = {one.name: taken.take(logical_id(one.name, "Function")) for one in plan.functions}
    blocks = [_queue(queue, queues, taken) for queue in plan.queues]
    blocks += [_function(one, functions[one.name], queues, runtime) for one in plan.functions]
    lines = [*_general(plan), GLOBALS, "Resources:"]
    for block in blocks:
        lines += [*block, ""]
    return HEAD + "\n".join([*lines, *_outputs(plan, functions)]).rstrip("\n") + "\n"


def _general(plan: StartingPlan) -> Iterator[str]:
    """Yield what concerns the whole project."""
    for line in plan.not_taken:
        yield _comment("", f"not taken: {line}")
    texts = {mention.text: None for queue in plan.queues for mention in queue.mentions}
    for region, account in dict.fromkeys(place for text in texts if (place := place_of(text))):
        yield _comment("", f"The code names queues in region {region} of account {account}: on AWS it must run there.")


def _queue(queue: StartingQueue, queues: Mapping[str, str], taken: UniqueNames) -> list[str]:
    lines = [_comment("  ", f"{one.place}: {_named_as(one.variable, one.text)}") for one in queue.mentions]
    lines += [f"  {queues[queue.name]}:", *_queue_head(queue.name)]
    return [*lines, *_redrive(queue.name, queues, taken)] if queue.consumers else lines


def _redrive(name: str, queues: Mapping[str, str], taken: UniqueNames) -> list[str]:
    """Return what a queue needs from which a function takes, and its dead-letter queue unless the code names it."""
    stem = name.removesuffix(FIFO)[:70]
    dead = f"{stem}-dlq{FIFO if name.endswith(FIFO) else ''}"
    dead_id = queues.get(dead) or taken.take(logical_id(stem, "DeadLetters"))
    lines = [
        f"      VisibilityTimeout: {VISIBILITY_TIMEOUT_S}  # AWS recommends six times the function's Timeout",
        "      RedrivePolicy:",
        f"        deadLetterTargetArn: !GetAtt {dead_id}.Arn",
        f"        maxReceiveCount: {MAX_RECEIVE_COUNT}",
    ]
    if dead in queues:
        return lines
    kept = f"      MessageRetentionPeriod: {DEAD_LETTERS_KEPT_S}"
    comment = f"  # Messages that the function has failed on {MAX_RECEIVE_COUNT} times."
    return [*lines, "", comment, f"  {dead_id}:", *_queue_head(dead), kept]


def _queue_head(name: str) -> list[str]:
    fifo = ["      FifoQueue: true", "      ContentBasedDeduplication: true"] if name.endswith(FIFO) else []
    return ["    Type: AWS::SQS::Queue", "    Properties:", f"      QueueName: {_yaml(name)}", *fifo]


def _named_as(variable: str, text: str) -> str:
    if variable:
        return f"{variable}, by default {text}" if text else f"{variable}, whose value the code does not show"
    return text


def _function(one: StartingFunction, identifier: str, queues: Mapping[str, str], runtime: str) -> list[str]:
    notes = [f"{one.handler.place}: {one.trigger.reason}", *filter(None, [one.package.note])]
    for service, place in one.use.services.items():
        notes.append(f"{place} calls {service}: on AWS, add what it may do there to its Policies")
    lines = [_comment("  ", note) for note in notes]
    lines += [f"  {identifier}:", "    Type: AWS::Serverless::Function"]
    lines += _image(one) if one.package.recipe is not None else _zip(one, runtime)
    return [*lines, *_policies(one, queues), *_variables(one, queues), *_trigger(one, queues)]


def _image(one: StartingFunction) -> list[str]:
    return [
        "    Metadata:",
        f"      DockerContext: {_yaml(one.package.folder)}",
        f"      Dockerfile: {_yaml(one.package.dockerfile)}",
        f"      DockerTag: {_yaml(one.name)}",
        "    Properties:",
        f"      FunctionName: {_yaml(one.name)}",
        "      PackageType: Image",
        "      ImageConfig:",
        f"        Command: [{_yaml(one.package.handler)}]",
    ]


def _zip(one: StartingFunction, runtime: str) -> list[str]:
    return [
        "    Properties:",
        f"      FunctionName: {_yaml(one.name)}",
        f"      CodeUri: {_yaml(one.package.folder)}",
        f"      Handler: {_yaml(one.package.handler)}",
        f"      Runtime: {runtime}",
    ]


def _policies(one: StartingFunction, queues: Mapping[str, str]) -> list[str]:
    """Return what the code needs; SAM adds the right to receive for an event, and both rights for a public URL."""
    send, poll = "SQSSendMessagePolicy", "SQSPollerPolicy"
    polled = [queue for queue in one.use.received_from if queue != one.trigger.queue]
    policies = [(send, queue) for queue in one.sends] + [(poll, queue) for queue in polled]
    lines = [f"        - {policy}: {{QueueName: !GetAtt {queues[queue]}.QueueName}}" for policy, queue in policies]
    for queue in one.use.looked_up:
        statement = f"{{Effect: Allow, Action: sqs:GetQueueUrl, Resource: !GetAtt {queues[queue]}.Arn}}"
        lines.append(f"        - Statement: [{statement}]")
    return ["      Policies:", *lines] if lines else []


def _variables(one: StartingFunction, queues: Mapping[str, str]) -> list[str]:
    lines = []
    for variable, mention in variables_of(one).items():
        if is_variable_name(variable):
            target = queues[mention.queue]
            value = f"!Ref {target}" if mention.form == "Ref" else f"!GetAtt {target}.{mention.form}"
            lines.append(f"          {variable}: {value}")
    for read in one.to_fill_in:
        if is_variable_name(read.name):
            lines.append(
                _comment("          ", f"{read.place} needs it, and the code does not show its value: fill it in")
            )
            lines.append(f'          {read.name}: ""')
    return ["      Environment:", "        Variables:", *lines] if lines else []


def _trigger(one: StartingFunction, queues: Mapping[str, str]) -> list[str]:
    if one.trigger.caller is CalledBy.URL:
        return [
            "      FunctionUrlConfig:",
            "        AuthType: NONE  # anyone may call it; AWS_IAM: only callers with a signature",
        ]
    if one.trigger.caller is not CalledBy.QUEUE:
        return []
    lines = [
        "      Events:",
        "        Messages:",
        "          Type: SQS",
        "          Properties:",
        f"            Queue: !GetAtt {queues[one.trigger.queue]}.Arn",
    ]
    return [*lines, "            FunctionResponseTypes: [ReportBatchItemFailures]"] if one.reports_failures else lines


def _outputs(plan: StartingPlan, functions: Mapping[str, str]) -> Sequence[str]:
    urls = [functions[one.name] for one in plan.functions if one.trigger.caller is CalledBy.URL]
    lines = [f"  {identifier}Url:\n    Value: !GetAtt {identifier}Url.FunctionUrl" for identifier in urls]
    return ["Outputs:", *lines] if lines else []


def _comment(indent: str, text: str) -> str:
    """Return a comment of one line: names of files are a stranger's."""
    return f"{indent}# {printable(text)}"


def _yaml(text: str) -> str:
    return text if _PLAIN.fullmatch(text) and text.lower() not in _NOT_TEXT else json.dumps(text)
