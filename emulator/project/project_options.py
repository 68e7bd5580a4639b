"""What a user chooses for a project, which its template does not say: settings, and the same in facepipe.toml."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from emulator.project.function_options import NOTHING_CHOSEN, FunctionOptions, read_functions, write_functions
from emulator.setting import Setting, TextError, setting
from emulator.setting_texts import between_lines, pairs, write_pairs

#: names by which services are known → their names in signatures
SIGNED_AS = {
    "bedrock-runtime": "bedrock",
    "cloudwatch": "monitoring",
    "eventbridge": "events",
    "iot-data": "iotdata",
    "sesv2": "ses",
    "sfn": "states",
    "stepfunctions": "states",
}
OWN = {"sqs": "--sqs-endpoint leads to another server of SQS", "lambda": "the emulator is Lambda"}


def read_endpoints(texts: Sequence[str]) -> dict[str, str]:
    """Read `service=URL` pairs. Raises `TextError`."""
    return {checked_service(name): checked_url(url) for name, url in pairs(texts).items()}


def checked_service(name: str) -> str:
    """Return the name that signatures have for a service. Raises `TextError` for one of the emulator's own."""
    if name in OWN:
        raise TextError(name, f"this service is the emulator's own; {OWN[name]}")
    return SIGNED_AS.get(name, name)


def checked_url(url: str) -> str:
    """Return an address without a slash at its end. Raises `TextError` if it is no URL."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise TextError(url, "give the URL of a server, such as http://127.0.0.1:9090")
    return url.rstrip("/")


_FUNCTION = Setting(
    "What a function runs from: its folder, its Python (a version, or the interpreter of a virtual environment), its"
    " requirements, and its handler or the command of a runtime of its own.",
    "--function",
    "FACEPIPE_FUNCTIONS",
    read=read_functions,
    write=write_functions,
    split=between_lines,
    metavar="NAME:KEY=…[,KEY=…]",
)
_ENDPOINT = Setting(
    "The server of a further service of AWS, for the calls of functions, such as s3=http://127.0.0.1:9090.",
    "--endpoint",
    "FACEPIPE_ENDPOINTS",
    read=read_endpoints,
    write=write_pairs,
    split=between_lines,
    metavar="SERVICE=URL",
)
_RESOLVE = Setting(
    "The value of a {{resolve:…}} in the template (ssm:NAME=…, secretsmanager:NAME=…), or of another stack's export"
    " (import:NAME=…).",
    "--resolve",
    "FACEPIPE_RESOLVE",
    read=pairs,
    write=write_pairs,
    split=between_lines,
    metavar="NAME=VALUE",
)


@dataclass(frozen=True, slots=True)
class ProjectOptions:
    """The choices for one project."""

    functions: Mapping[str, FunctionOptions] = setting({}, _FUNCTION)
    endpoints: Mapping[str, str] = setting({}, _ENDPOINT)
    resolve: Mapping[str, str] = setting({}, _RESOLVE)

    def beside(self, folder: Path) -> "ProjectOptions":
        """Return the choices with absolute paths; relative ones start at `folder`."""
        functions = {name: options.beside(folder) for name, options in self.functions.items()}
        return ProjectOptions(functions, self.endpoints, self.resolve)

    def over(self, other: "ProjectOptions") -> "ProjectOptions":
        """Return these choices, with another's where these have none."""
        functions = dict(other.functions)
        for name, options in self.functions.items():
            functions[name] = options.over(functions.get(name, NOTHING_CHOSEN))
        return ProjectOptions(functions, {**other.endpoints, **self.endpoints}, {**other.resolve, **self.resolve})

    def of(self, name: str, logical_id: str) -> FunctionOptions:
        """Return the choices for a function, which may be named by its name or by its logical id."""
        return self.functions.get(name, NOTHING_CHOSEN).over(self.functions.get(logical_id, NOTHING_CHOSEN))
