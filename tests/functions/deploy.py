"""A deployment script of a course project, as its authors left it: boto3, no endpoint, two functions and two queues.

It makes what is missing, gives the functions their present code, sends a message through both and prints the answer.
"""

import io
import json
import sys
import time
import urllib.request
import zipfile
from pathlib import Path

import boto3

REGION = "us-east-1"
RUNTIME = f"python3.{sys.version_info.minor}"
iam = boto3.client("iam")
functions = boto3.client("lambda", region_name=REGION)
sqs = boto3.client("sqs", region_name=REGION)
account = boto3.client("sts").get_caller_identity()["Account"]


def role_arn(name: str) -> str:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    try:
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    except iam.exceptions.EntityAlreadyExistsException:
        role = iam.get_role(RoleName=name)
    for policy in ("AWSLambdaBasicExecutionRole", "AWSLambdaSQSQueueExecutionRole"):
        iam.attach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/service-role/{policy}")
    return role["Role"]["Arn"]


def zipped(folder: Path) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*.py")):
            archive.write(file, file.relative_to(folder))
    return content.getvalue()


def deploy(name: str, folder: Path, role: str, variables: dict[str, str]) -> None:
    code = zipped(folder)
    try:
        functions.get_function(FunctionName=name)
    except functions.exceptions.ResourceNotFoundException:
        functions.create_function(
            FunctionName=name,
            Runtime=RUNTIME,
            Role=role,
            Handler="app.handler",
            Code={"ZipFile": code},
            Timeout=20,
            MemorySize=256,
            Environment={"Variables": variables},
            Publish=True,
        )
        functions.get_waiter("function_active_v2").wait(FunctionName=name)
    else:
        functions.update_function_code(FunctionName=name, ZipFile=code)
        functions.get_waiter("function_updated_v2").wait(FunctionName=name)
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
        functions.get_waiter("function_updated_v2").wait(FunctionName=name)


def function_url(name: str) -> str:
    try:
        url = functions.get_function_url_config(FunctionName=name)["FunctionUrl"]
    except functions.exceptions.ResourceNotFoundException:
        url = functions.create_function_url_config(FunctionName=name, AuthType="NONE")["FunctionUrl"]
        everyone = {"FunctionName": name, "Principal": "*"}
        functions.add_permission(
            **everyone, StatementId="url", Action="lambda:InvokeFunctionUrl", FunctionUrlAuthType="NONE"
        )
        functions.add_permission(
            **everyone, StatementId="invoke", Action="lambda:InvokeFunction", InvokedViaFunctionUrl=True
        )
    return url


def connect(queue: str, name: str) -> None:
    arn = f"arn:aws:sqs:{REGION}:{account}:{queue}"
    if not functions.list_event_source_mappings(EventSourceArn=arn, FunctionName=name)["EventSourceMappings"]:
        made = functions.create_event_source_mapping(EventSourceArn=arn, FunctionName=name, BatchSize=1)
        while functions.get_event_source_mapping(UUID=made["UUID"])["State"] != "Enabled":
            time.sleep(0.2)


def destroy() -> None:
    for name in ("first", "second"):
        for mapping in functions.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]:
            functions.delete_event_source_mapping(UUID=mapping["UUID"])
        functions.delete_function(FunctionName=name)
    for queue in ("work", "done"):
        sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=queue)["QueueUrl"])


if sys.argv[1] == "destroy":
    destroy()
else:
    here = Path(sys.argv[1])
    urls = {
        name: sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "120"})["QueueUrl"]
        for name in ("work", "done")
    }
    role = role_arn("course-project")
    deploy("first", here / "first", role, {"WORK": urls["work"]})
    deploy("second", here / "second", role, {"DONE": urls["done"]})
    connect("work", "second")
    order = json.dumps({"name": "ann"}).encode()
    request = urllib.request.Request(function_url("first"), order, {"Content-Type": "application/json"})
    print(urllib.request.urlopen(request, timeout=60).read().decode())
    while not (messages := sqs.receive_message(QueueUrl=urls["done"], WaitTimeSeconds=20).get("Messages")):
        pass
    print(messages[0]["Body"])
    sqs.delete_message(QueueUrl=urls["done"], ReceiptHandle=messages[0]["ReceiptHandle"])
