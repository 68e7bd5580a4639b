"""What botocore's model says about Lambda: its operations, their routes and members, and the values that these take."""

from botocore.loaders import Loader
from botocore.model import ServiceModel

from emulator.aws.limits import EPHEMERAL_STORAGE_MB, MEMORY_MB, RESERVED_CONCURRENCY, TIMEOUT_S

#: maxima of shapes for which the model has more room than AWS gives to a function that is made from an image
MAXIMA = {
    "Timeout": TIMEOUT_S.high,
    "MemorySize": MEMORY_MB.high,
    "EphemeralStorageSize": EPHEMERAL_STORAGE_MB.high,
    "ReservedConcurrentExecutions": RESERVED_CONCURRENCY.high,  # an account's quota; the model has no maximum
}


def load_service_model() -> ServiceModel:
    """Return Lambda's model; it takes about 40 ms to load.

    Only the model that botocore brings is read: one in the user's `~/.aws/models` would change what is refused here.
    """
    loader = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    description = loader.load_service_model("lambda", "service-2")
    shapes = description["shapes"]
    for name, most in MAXIMA.items():
        if name in shapes:
            shapes[name]["max"] = most
    return ServiceModel(description, "lambda")
