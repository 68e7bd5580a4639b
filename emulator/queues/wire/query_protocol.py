"""SQS's query protocol, which SDKs used until 2023: requests are forms or query strings, answers are XML."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.aws.identifiers import SQS_VERSION
from emulator.queues.embedded.errors import SqsError
from emulator.queues.wire.form_values import Tree, form_tree
from emulator.queues.wire.query_names import XML_NAMESPACE
from emulator.queues.wire.sqs_errors import INVALID_ACTION, NO_SUCH_VERSION, SERIALIZATION, UNKNOWN_OPERATION
from emulator.queues.wire.sqs_operations import SqsOperation

CONTENT_TYPE_XML = "text/xml"
QUEUE = "QueueUrl"


@dataclass(frozen=True, slots=True)
class Form:
    """A form's fields, and the URL to which it was sent."""

    url: str  #: to which it was sent; old SDKs send it to the queue's URL
    path: str
    fields: Tree

    @staticmethod
    def read(url: str, path: str, query: str, body: bytes) -> "Form":
        """Read the fields of a query string and of a body."""
        try:
            text = body.decode("ascii")  # all other characters are escaped in a form
        except UnicodeDecodeError as error:
            raise SqsError(SERIALIZATION, f"The body is no form: {error}") from error
        return Form(url, path, form_tree("&".join(part for part in (query, text) if part)))


def form_operation(operations: Mapping[str, SqsOperation], form: Form) -> SqsOperation:
    """Return the operation that a form names."""
    action, version = form.fields.get("Action"), form.fields.get("Version", SQS_VERSION)
    if not isinstance(action, str):
        raise SqsError(UNKNOWN_OPERATION, "The request names no operation: send Action=SendMessage, or X-Amz-Target")
    if version != SQS_VERSION:
        raise SqsError(NO_SUCH_VERSION, f"The requested version ({version}) of service AmazonSQS does not exist")
    if action not in operations:
        raise SqsError(INVALID_ACTION, f"The action {action} is not valid for this endpoint.")
    return operations[action]


def form_parameters(operation: SqsOperation, form: Form) -> Mapping[str, Any]:
    """Return the parameters of a form; the path names the queue if no field does."""
    parameters = operation.read_form(form.fields, "")
    if QUEUE not in parameters and form.path.strip("/"):
        parameters[QUEUE] = form.url
    return operation.check(parameters)


def xml_result(operation: SqsOperation, result: Mapping[str, Any], request_id: str) -> bytes:
    """Return the body of the answer."""
    name, inner = operation.name, ""
    if operation.write_xml is not None:
        inner = f"<{name}Result>{operation.write_xml(result)}</{name}Result>"
    about = f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
    text = f'<?xml version="1.0"?><{name}Response xmlns="{XML_NAMESPACE}">{inner}{about}</{name}Response>'
    return text.encode("utf-8", "replace")
