"""Which properties the emulated resource types have on AWS, by botocore's models of Lambda and SQS.

The models describe the API; CloudFormation has the same properties with few exceptions, which are listed here.
"""

import difflib
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from emulator.resources import EventInvokeConfig, EventSourceMapping, Function, FunctionUrl, Permission, Queue

#: type → the shape in the API's model from which its properties come
SHAPES = {
    Function.TYPE: "CreateFunctionRequest",
    FunctionUrl.TYPE: "CreateFunctionUrlConfigRequest",
    EventSourceMapping.TYPE: "CreateEventSourceMappingRequest",
    EventInvokeConfig.TYPE: "PutFunctionEventInvokeConfigRequest",
    Permission.TYPE: "AddPermissionRequest",
}
#: properties that CloudFormation has and the shape of the API does not
ADDED = {
    Function.TYPE: {
        "FunctionScalingConfig",
        "PublishToLatestPublished",
        "RecursiveLoop",
        "ReservedConcurrentExecutions",
        "RuntimeManagementConfig",
    },
    FunctionUrl.TYPE: {"TargetFunctionArn"},
    Queue.TYPE: {"QueueName", "Tags"},
}
#: members of the shapes that are not properties in CloudFormation
API_ONLY = {
    Function.TYPE: {"Publish", "PublishTo"},
    FunctionUrl.TYPE: {"FunctionName"},
    Permission.TYPE: {"StatementId", "Qualifier", "RevisionId"},
}
#: attributes of queues that SQS computes, or that are resources of their own in CloudFormation
QUEUE_STATE = ("All", "Approximate", "Created", "LastModified", "QueueArn", "Policy")
SPELLED_OTHERWISE = {"KMSKeyArn": "KmsKeyArn"}


class AwsProperties:
    """Answers which properties AWS has. The models are read at the first question, which takes 30 ms."""

    def names(self, kind: str, path: Sequence[str] = ()) -> set[str]:
        """Return the names of the properties of a type, or of the block that `path` leads to in it."""
        if kind == Queue.TYPE:
            return self._queue_attributes if not path else set()
        shape: Mapping[str, Any] = self._lambda.get(SHAPES.get(kind, ""), {})
        for name in path:
            member = _members(shape).get(name, {})
            shape = self._lambda.get(member.get("shape", ""), {})
            while shape.get("type") == "list":
                shape = self._lambda.get(shape["member"]["shape"], {})
        names = set(_members(shape))
        return names if path else (names | ADDED.get(kind, set())) - API_ONLY.get(kind, set())

    def nearest(self, name: str, kind: str, path: Sequence[str] = ()) -> str:
        """Return the property of AWS whose name is most like this one; an empty text if none is like it."""
        close = difflib.get_close_matches(name, sorted(self.names(kind, path)), n=1)
        return close[0] if close else ""

    @cached_property
    def _lambda(self) -> Mapping[str, Any]:
        return _shapes("lambda")

    @cached_property
    def _queue_attributes(self) -> set[str]:
        attributes = _shapes("sqs")["QueueAttributeName"]["enum"]
        return {name for name in attributes if not name.startswith(QUEUE_STATE)} | ADDED[Queue.TYPE]


def _shapes(service: str) -> Mapping[str, Any]:
    """Return the shapes of a service from botocore's own files; the user's `~/.aws/models` are not read."""
    from botocore.loaders import Loader  # noqa: PLC0415  # it takes long to import, and few templates need it

    loader = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    shapes: Mapping[str, Any] = loader.load_service_model(service, "service-2")["shapes"]
    return shapes


def _members(shape: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of a structure by the names that CloudFormation gives them."""
    return {SPELLED_OTHERWISE.get(name, name): member for name, member in shape.get("members", {}).items()}
