"""A pipeline on AWS, found by the outputs of its stack."""

import re
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from facepipe.client.discovery import Given
from facepipe.client.endpoints import EndpointError, Endpoints

URL = re.compile(r"https://[a-z0-9]+\.lambda-url\.[a-z0-9-]+\.on\.aws/?")
QUEUE_URL = re.compile(r"https://sqs\.[a-z0-9-]+\.amazonaws\.com[a-z.]*/\d+/\S+")


def deployed(stack: str, given: Given | None = None, cloudformation: Any = None) -> Endpoints:
    """Return the addresses that a stack's outputs tell, in the region of AWS_REGION or the profile.

    Outputs have the names of those in template.yaml, or are the only ones with the address of a function URL or queue.
    `EndpointError` when the stack cannot be read, or does not tell what is not given either.
    """
    given = given or Given()
    try:
        client = cloudformation or boto3.client("cloudformation")
        outputs = client.describe_stacks(StackName=stack)["Stacks"][0].get("Outputs", [])
    except (BotoCoreError, ClientError) as error:
        raise EndpointError(f"the stack {stack} cannot be read: {error}") from error
    values = {output["OutputKey"]: output["OutputValue"] for output in outputs}
    return Endpoints(
        url=given.url or _output(stack, values, ("Url", URL, "--url")),
        sqs="",
        response_queue=given.response_queue
        or _output(stack, values, ("ResponseQueueUrl", QUEUE_URL, "--response-queue")),
        region=client.meta.region_name,
        signed=given.signed or values.get("UrlAuthType") == "AWS_IAM",
        dead_letters=values.get("RequestDeadLettersUrl", ""),
    )


def _output(stack: str, values: Mapping[str, str], wanted: tuple[str, re.Pattern[str], str]) -> str:
    """Return an output by its name, or the only one that looks like it."""
    name, pattern, option = wanted
    alike = [value for value in values.values() if pattern.fullmatch(value)]
    if name in values or len(alike) == 1:
        return values.get(name) or alike[0]
    raise EndpointError(
        f"the stack {stack} has no output '{name}', and {len(alike)} others that could be it: name it with {option}"
        " (a stack of template.yaml has it when its deployment is finished)"
    )
