"""Lambda's managed instances (RT-19): named or refused, and their higher limits are not those of ordinary functions."""

from pathlib import Path
from typing import Any

import pytest

from emulator.properties import TemplateError
from tests.unit.emulator.lambda_api.archives import CODE, ROLE, archive
from tests.unit.emulator.lambda_api.in_process import Emulated, refused
from tests.unit.emulator.template.test_template import function, load, resources

PROVIDER = {
    "LambdaManagedInstancesCapacityProviderConfig": {
        "CapacityProviderArn": "arn:aws:lambda:us-east-1:000000000000:capacity-provider:c"
    }
}
NEW = {"FunctionName": "new", "Role": ROLE, "Runtime": "python3.12", "Handler": "app.handler"}


def test_rt19_a_template_with_managed_instances_runs_as_an_ordinary_function_which_is_said() -> None:
    loaded = load(resources(function("F", CapacityProviderConfig="{}")))
    assert loaded.differences == ("CapacityProviderConfig (F): environments are not shared among calls",)


@pytest.mark.parametrize("operation", ["create_function", "update_function_configuration"])
def test_rt19_managed_instances_are_refused_by_name(tmp_path: Path, operation: str) -> None:
    client = Emulated(code=tmp_path).client()
    given: dict[str, Any] = (
        {**NEW, "Code": {"ZipFile": archive(CODE)}} if operation == "create_function" else {"FunctionName": "echo"}
    )
    status, kind, message = refused(getattr(client, operation), **given, CapacityProviderConfig=PROVIDER)
    assert (status, kind) == (501, "NotImplementedException")
    assert "with CapacityProviderConfig is not emulated" in message


@pytest.mark.parametrize(("name", "least", "most"), [("Timeout", 1, 900), ("MemorySize", 128, 10_240)])
def test_rt19_ordinary_functions_keep_their_limits(name: str, least: int, most: int) -> None:
    """The model of the API allows more since there are managed instances: 5,400 s and 32,768 MB."""
    for value in (least, most):
        assert load(resources(function("F", **{name: str(value)}))).functions
    with pytest.raises(TemplateError, match=f"{name}: {most + 1} is not between {least:,} and {most:,}"):
        load(resources(function("F", **{name: str(most + 1)})))
