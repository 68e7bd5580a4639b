"""ECR: the two repositories, made or checked, and the login."""

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from facepipe.ship.docker import docker
from facepipe.ship.problems import ShipError, in_one_line

PREFIX = "facepipe"
KEPT_IMAGES = 50
LIFECYCLE = {
    "rules": [
        {
            "rulePriority": 1,
            "description": f"the latest {KEPT_IMAGES} images; what is deployed must be among them",
            "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": KEPT_IMAGES},
            "action": {"type": "expire"},
        }
    ]
}


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository of the account, as it is."""

    name: str
    uri: str
    differences: tuple[str, ...] = field(default=())  #: from what a new one would be


def existing(ecr: Any, name: str) -> Repository | None:
    """Return a repository, None where there is none."""
    with in_one_line(f"looking at the repository {name}"):
        try:
            facts = ecr.describe_repositories(repositoryNames=[name])["repositories"][0]
        except ecr.exceptions.RepositoryNotFoundException:
            return None
        try:
            lifecycle = json.loads(ecr.get_lifecycle_policy(repositoryName=name)["lifecyclePolicyText"])
        except ecr.exceptions.LifecyclePolicyNotFoundException:
            lifecycle = None
    return Repository(name, facts["repositoryUri"], _differences(facts, lifecycle))


def _differences(facts: Mapping[str, Any], lifecycle: object) -> tuple[str, ...]:
    found = []
    if facts.get("imageTagMutability") != "IMMUTABLE":
        found.append("its tags can be overwritten")
    if not facts.get("imageScanningConfiguration", {}).get("scanOnPush"):
        found.append("it does not scan on push")
    if lifecycle is None:
        found.append("it has no lifecycle policy: its images stay, and are paid for, for ever")
    elif lifecycle != LIFECYCLE:
        found.append("its lifecycle policy is another, which may expire what is deployed")
    return tuple(found)


def create(ecr: Any, names: Iterable[str]) -> list[Repository]:
    """Make repositories with scan on push, immutable tags and the lifecycle policy; all of them or none."""
    made: list[Repository] = []
    try:
        for name in names:
            made.append(_create(ecr, name))  # noqa: PERF401  # those made before a failure are taken back
    except ShipError:
        for repository in made:
            ecr.delete_repository(repositoryName=repository.name)
        raise
    return made


def _create(ecr: Any, name: str) -> Repository:
    with in_one_line(f"making the repository {name}"):
        facts = ecr.create_repository(
            repositoryName=name,
            imageTagMutability="IMMUTABLE",
            imageScanningConfiguration={"scanOnPush": True},
            encryptionConfiguration={"encryptionType": "AES256"},
            tags=[{"Key": "application", "Value": PREFIX}],
        )["repository"]
        try:
            ecr.put_lifecycle_policy(repositoryName=name, lifecyclePolicyText=json.dumps(LIFECYCLE))
        except Exception:
            ecr.delete_repository(repositoryName=name)
            raise
    return Repository(name, facts["repositoryUri"])


def log_in(ecr: Any) -> str:
    """Log docker in with a token of twelve hours; return the registry's host. The token goes through stdin only."""
    with in_one_line("asking ECR for a login"):
        grant = ecr.get_authorization_token()["authorizationData"][0]
    host = str(grant["proxyEndpoint"]).removeprefix("https://").removeprefix("http://")
    user, _, token = base64.b64decode(grant["authorizationToken"]).decode().partition(":")
    if not token:
        raise ShipError("ECR's login is not understood: it should be base64 of AWS:token")
    docker("login", "--username", user, "--password-stdin", host, stdin=token)
    return host
