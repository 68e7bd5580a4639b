"""What botocore's model says about Lambda: its operations, their routes and members, and the values that these take."""

from botocore.loaders import Loader
from botocore.model import ServiceModel

#: maxima of shapes for which the model has more room than AWS gives to a function that is made from an image
MAXIMA = {
    "Timeout": 900,
    "MemorySize": 10_240,
    "EphemeralStorageSize": 10_240,
    "ReservedConcurrentExecutions": 10_000,  # an account's quota; the model has no maximum
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
