"""SQS's operations by botocore's model, with the functions that read their parameters and write their results."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel

from emulator.queues.wire import form_values, json_values
from emulator.queues.wire.form_values import form_reader
from emulator.queues.wire.json_values import json_reader
from emulator.queues.wire.query_names import name_of
from emulator.queues.wire.sqs_errors import missing
from emulator.queues.wire.xml_values import Write, xml_writer

TARGET_PREFIX = "AmazonSQS."  #: prefix of X-Amz-Target
ENTRIES = "Entries"  #: the entries of a batch; an empty batch has its own error


@dataclass(frozen=True, slots=True)
class SqsOperation:
    """One operation of SQS."""

    name: str
    read_json: json_values.Read
    read_form: form_values.Read
    write_xml: Write | None  #: None for an operation without a result
    required: tuple[tuple[str, str], ...]  #: members, and their names in SQS's error if they are missing
    required_in_entries: tuple[str, ...]  #: the text members that each entry of a batch must have

    @property
    def sends(self) -> bool:
        """Whether it sends messages."""
        return self.name in ("SendMessage", "SendMessageBatch")

    def check(self, parameters: dict[str, Any]) -> Mapping[str, Any]:
        """Return the parameters if they are complete. An empty text is a missing one, as SQS treats MessageBody.

        Entries of a batch fail one by one: here, a missing text of an entry becomes an empty one.
        """
        if self.required_in_entries:
            for entry in parameters.setdefault(ENTRIES, []):
                for member in self.required_in_entries:
                    entry.setdefault(member, "")
        for member, name in self.required:
            if (value := parameters.get(member)) is None or value == "":
                raise missing(name)
        return parameters


def load_sqs_operations() -> Mapping[str, SqsOperation]:
    """Return all operations by name; this takes about 10 ms.

    Only botocore's own model is read: a model in the user's `~/.aws/models` would change which calls are refused.
    """
    loader = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    model = ServiceModel(loader.load_service_model("sqs", "service-2"), "sqs")
    return {name: _operation(model.operation_model(name)) for name in model.operation_names}


def _operation(model: OperationModel) -> SqsOperation:
    shape, result = model.input_shape, model.output_shape
    return SqsOperation(
        model.name,
        read_json=json_reader(shape),
        read_form=form_reader(shape),
        write_xml=xml_writer(result) if result else None,
        required=tuple((name, name_of(name, shape.members[name])) for name in shape.required_members),
        required_in_entries=tuple(shape.members[ENTRIES].member.required_members) if ENTRIES in shape.members else (),
    )
