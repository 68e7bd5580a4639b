"""A deployed stack, for the acceptance tests: its outputs say where it is, its parameters which gallery it reads."""

from pathlib import Path

import boto3
import pytest

from facepipe.client.deployed import deployed
from facepipe.client.endpoints import sqs_client
from facepipe.people import enrol_people
from tests.acceptance.pipelines import PATHS, Pipeline


def on_aws(stack: str, folder: Path) -> Pipeline:
    """Find a stack. Tests that enrol need one whose Gallery parameter is an s3:// address."""
    endpoints = deployed(stack)
    facts = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    parameters = {one["ParameterKey"]: one["ParameterValue"] for one in facts.get("Parameters", [])}

    def enrol(people: Path) -> None:
        gallery = parameters.get("Gallery", "")
        if not gallery.startswith("s3://"):
            pytest.skip(f"the gallery of {stack} is in its image: deploy it with --parameter Gallery=s3://…")
        bucket, key = gallery.removeprefix("s3://").split("/", 1)
        s3, file = boto3.client("s3"), folder / "gallery.npz"
        s3.download_file(bucket, key, str(file))
        enrol_people(people, file, PATHS.models)
        s3.upload_file(str(file), bucket, key)

    sqs = sqs_client(endpoints)
    visibility_s = float(parameters.get("RequestVisibilityTimeout", "180"))
    return Pipeline(endpoints, "", sqs, enrol, dead_letters_s=5 * visibility_s + 120)
