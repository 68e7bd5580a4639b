"""Loads botocore's service model of Lambda: operations, routes, members, and rules for values."""

from botocore.loaders import Loader
from botocore.model import ServiceModel

from emulator.aws.limits import EPHEMERAL_STORAGE_MB, MEMORY_MB, RESERVED_CONCURRENCY, TIMEOUT_S

#: maxima of shapes for which the model allows more than AWS does for functions with container images
MAXIMA = {
    "Timeout": TIMEOUT_S.high,
    "MemorySize": MEMORY_MB.high,
    "EphemeralStorageSize": EPHEMERAL_STORAGE_MB.high,
    "ReservedConcurrentExecutions": RESERVED_CONCURRENCY.high,  # a quota of the account; the model has no maximum
}


def load_service_model() -> ServiceModel:
    """Load the model, which takes about 40 ms.

    Only botocore's own files are read: a model in the user's `~/.aws/models` would change what is refused.
    """
    loader = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    description = loader.load_service_model("lambda", "service-2")
    shapes = description["shapes"]
    for name, most in MAXIMA.items():
        if name in shapes:
            shapes[name]["max"] = most
    return ServiceModel(description, "lambda")
