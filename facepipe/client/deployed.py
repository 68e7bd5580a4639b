"""A pipeline on AWS, found by the outputs of its stack."""

from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from facepipe.client.endpoints import EndpointError, Endpoints


def deployed(stack: str, cloudformation: Any = None) -> Endpoints:
    """Return the addresses that a stack's outputs tell, in the region of AWS_REGION or the profile.

    `EndpointError` when the stack cannot be read, or is no stack of template.yaml.
    """
    try:
        client = cloudformation or boto3.client("cloudformation")
        outputs = client.describe_stacks(StackName=stack)["Stacks"][0].get("Outputs", [])
        told = {output["OutputKey"]: output["OutputValue"] for output in outputs}
        return Endpoints(
            url=told["Url"],
            sqs="",
            response_queue=told["ResponseQueueUrl"],
            region=client.meta.region_name,
            signed=told["UrlAuthType"] == "AWS_IAM",
        )
    except (BotoCoreError, ClientError) as error:
        raise EndpointError(f"the stack {stack} cannot be read: {error}") from error
    except KeyError as error:
        raise EndpointError(
            f"the stack {stack} has no output {error}: it was not deployed from template.yaml, or not finished"
        ) from error
