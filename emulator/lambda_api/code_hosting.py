"""Which functions that the API brings can run here: it depends on what starts the environments."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from emulator.lambda_api.api_errors import ApiError, not_built
from emulator.resources import Function

PYTHON = "python"
ELSEWHERE_CURE = (
    "the containers of docker compose, and their tokens, are made at the start: add the function to the template and to"
    " compose.yaml, or run the project with facepipe up"
)
IMAGE_CURE = (
    "without --docker a function runs from a folder, and no function of the template with a folder has this ImageUri:"
    " start facepipe up --docker, or send the code as ZipFile"
)


class Hosting(Enum):
    """What starts the environments."""

    PROCESSES = "processes of this machine"
    CONTAINERS = "containers that the emulator starts"
    ELSEWHERE = "containers that are started by others"


@dataclass(frozen=True, slots=True)
class CodeHosting:
    """Refuses code that cannot run here."""

    hosting: Hosting
    has_command: Callable[[str], bool] = lambda _: False  #: whether the user has chosen a command for this function

    def check(self, operation: str) -> None:
        """Refuse all code where the emulator starts no environments."""
        if self.hosting is Hosting.ELSEWHERE:
            raise _refused(operation, ELSEWHERE_CURE)

    def check_runtime(self, operation: str, function: Function) -> None:
        """Refuse a zip function of another language, unless a command starts it or it runs in a container."""
        is_python = not function.runtime or function.runtime.startswith(PYTHON)
        if self.hosting is Hosting.PROCESSES and not is_python and not self.has_command(function.name):
            cure = (
                f"only Python functions run without Docker, or name its command: --function {function.name}:command=…"
            )
            raise _refused(f"{operation} with Runtime {function.runtime}", cure)

    def check_image(self, operation: str, known: Function | None) -> None:
        """Refuse an image where there are no containers, unless a function of the template says where its code is."""
        if self.hosting is Hosting.PROCESSES and known is None:
            raise _refused(f"{operation} with ImageUri", IMAGE_CURE)


def _refused(what: str, cure: str) -> ApiError:
    error = not_built(what)
    return ApiError(error.status, error.kind, f"{error.message}: {cure}")
