"""SQS's operations by botocore's model: what reads their parameters and writes their results, made once."""

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

TARGET_PREFIX = "AmazonSQS."  #: of X-Amz-Target
ENTRIES = "Entries"  #: of a batch. A batch without any has an error of its own


@dataclass(frozen=True, slots=True)
class SqsOperation:
    """One operation."""

    name: str
    read_json: json_values.Read
    read_form: form_values.Read
    write_xml: Write | None  #: None for an operation that has no result
    required: tuple[tuple[str, str], ...]  #: members, and what SQS calls them when they are missing
    required_in_entries: tuple[str, ...]  #: the text members that each entry of a batch must have

    @property
    def sends(self) -> bool:
        """Whether it puts messages on a queue."""
        return self.name in ("SendMessage", "SendMessageBatch")

    def check(self, parameters: dict[str, Any]) -> Mapping[str, Any]:
        """Return the parameters if they are complete. An empty text is none, as SQS has it of MessageBody.

        A batch's entries fail one by one: what is missing in one is an empty text there.
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
    """Return all operations by their names; it takes about 10 ms.

    Only the model that botocore brings is read: one in the user's `~/.aws/models` would change what is refused here.
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
