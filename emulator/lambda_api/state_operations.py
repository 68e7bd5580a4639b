"""The operations that need nothing but what is live, and the queue server."""

from emulator.lambda_api.account import AccountApi
from emulator.lambda_api.aliases import AliasApi
from emulator.lambda_api.event_invoke_configs import EventInvokeApi
from emulator.lambda_api.mappings import MappingApi
from emulator.lambda_api.names import Directory
from emulator.lambda_api.permissions import PermissionApi
from emulator.lambda_api.resource_policies import ResourcePolicyApi
from emulator.lambda_api.tags import TagApi
from emulator.queues import DescribedQueues
from emulator.stack.stack import Stack


def state_operations(stack: Stack, directory: Directory, queues: DescribedQueues) -> list[object]:
    """Return the objects whose methods read and change aliases, policies, tags, mappings and settings of events."""
    return [
        AliasApi(directory),
        PermissionApi(stack, directory),
        ResourcePolicyApi(stack, directory),
        TagApi(stack, directory),
        AccountApi(stack, directory),
        MappingApi(stack, directory, queues),
        EventInvokeApi(stack.event_invokes, directory, queues),
    ]
