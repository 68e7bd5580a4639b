"""Small projects for tests: their files by path."""

from collections.abc import Mapping
from pathlib import Path

from facepipe.starting.project_folder import REQUIREMENTS, ProjectFolder
from facepipe.starting.starting_plan import StartingPlan, plan_template

URL = "https://sqs.us-east-1.amazonaws.com/123456789012/"
FIRST = (
    'def handler(event, context):\n    sqs.send_message(QueueUrl="' + URL + 'requests", MessageBody=event["body"])\n'
)
SECOND = "def handler(event, context):\n    return [record['body'] for record in event['Records']]\n"


def plan_of(files: Mapping[str, str | bytes]) -> StartingPlan:
    """Plan a project without a folder."""
    folder = ProjectFolder("shop")
    for path, text in files.items():
        name = path.rpartition("/")[2]
        if name == REQUIREMENTS:
            folder.requirements.add(path)
        elif "Dockerfile" in name:
            folder.dockerfiles[path] = str(text)
        else:
            folder.python[path] = text if isinstance(text, bytes) else text.encode()
    return plan_template(folder)


def write(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write a project's files into a folder."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(text if isinstance(text, bytes) else text.encode())
    return root
