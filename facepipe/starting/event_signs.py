"""What a handler's code reads and returns, as signs of who calls it: a function URL or a queue."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

#: keys of events that only an HTTP request has
_HTTP_KEYS = ("requestContext", "rawPath", "queryStringParameters", "isBase64Encoded", "httpMethod", "pathParameters")
_OTHER_RECORDS = {"s3": "S3", "Sns": "SNS", "dynamodb": "DynamoDB", "kinesis": "Kinesis"}
#: names of well-known libraries that turn an event into an HTTP request, or a batch into messages
_HTTP_NAMES = frozenset({"Mangum", "APIGatewayHttpResolver", "APIGatewayRestResolver", "LambdaFunctionUrlResolver"})
_BATCH_NAMES = frozenset({"BatchProcessor", "SqsFifoPartialProcessor", "SQSEvent", "process_partial_response"})


class CalledBy(Enum):
    """Who calls a function."""

    URL = "url"
    QUEUE = "queue"
    OTHER = "other"  #: another service
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Signs:
    """Who calls a handler, and by what this was seen."""

    caller: CalledBy
    reason: str = ""
    reports_failures: bool = False  #: it returns batchItemFailures


def signs_of(statements: Iterable[ast.stmt]) -> Signs:
    """Return who calls a handler, by all the code that it uses."""
    read, written, names = set[str](), set[str](), set[str]()
    for statement in statements:
        for node in ast.walk(statement):
            _take(node, read, written, names)
    reports = "batchItemFailures" in written
    others = [service for key, service in _OTHER_RECORDS.items() if key in read]
    if "Records" in read and others and "body" not in read:
        return Signs(CalledBy.OTHER, f"it reads records of {others[0]}; add its Events")
    if "Records" in read or names & _BATCH_NAMES or reports:
        reason = 'it reads event["Records"]' if "Records" in read else "it works on batches of messages"
        return Signs(CalledBy.QUEUE, reason, reports)
    keys = [key for key in (*_HTTP_KEYS, "body") if key in read]
    if keys or names & _HTTP_NAMES:
        return Signs(CalledBy.URL, f'it reads "{keys[0]}" of an HTTP request' if keys else "it serves HTTP requests")
    if "statusCode" in written:
        return Signs(CalledBy.URL, "it returns a statusCode")
    return Signs(CalledBy.UNKNOWN)


def _take(node: ast.AST, read: set[str], written: set[str], names: set[str]) -> None:
    match node:
        case ast.Subscript(slice=ast.Constant(value=str(key)), ctx=ast.Load()):
            read.add(key)
        case ast.Call(func=ast.Attribute(attr="get" | "pop"), args=[ast.Constant(value=str(key)), *_]):
            read.add(key)
        case ast.Compare(left=ast.Constant(value=str(key)), ops=[ast.In() | ast.NotIn()]):
            read.add(key)
        case ast.MatchMapping(keys=keys):
            read.update(str(key.value) for key in keys if isinstance(key, ast.Constant))
        case ast.Dict(keys=keys):
            written.update(str(key.value) for key in keys if isinstance(key, ast.Constant))
        case ast.Call(func=ast.Name(id="dict"), keywords=given):
            written.update(one.arg for one in given if one.arg)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            names.add(name)
