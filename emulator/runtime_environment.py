"""The environment variables that Lambda gives a function (RT-01)."""

from collections.abc import Mapping
from dataclasses import dataclass

from emulator.resources import Function

XRAY_DAEMON, XRAY_PORT = "169.254.79.129", "2000"  #: where nothing listens, as on Lambda without tracing


@dataclass(frozen=True, slots=True)
class AwsAccess:
    """The functions' access to AWS, the same for all functions."""

    endpoint: str  #: the address of all AWS services
    region: str
    access_key_id: str = "test"
    secret_access_key: str = "test"  # noqa: S105  # emulated services accept any key


def variables(function: Function, environment: str, aws: AwsAccess) -> dict[str, str]:
    """Return the variables of one environment; `environment` is its name in log streams.

    Lambda's variables override the function's. `AWS_ENDPOINT_URL` directs all clients of an SDK to the emulator
    (RT-21); it is the only variable that does not exist on Lambda. A function's own `AWS_ENDPOINT_URL_S3` and the like
    stay, and SDKs prefer them.
    """
    return {
        **function.environment,
        **_logging(function),
        "_HANDLER": function.command[0] if function.command else "",
        "AWS_REGION": aws.region,
        "AWS_DEFAULT_REGION": aws.region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime or 'Image'}",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_FUNCTION_VERSION": function.version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start" if function.is_restored else "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": environment,
        "AWS_ACCESS_KEY_ID": aws.access_key_id,
        "AWS_SECRET_ACCESS_KEY": aws.secret_access_key,
        "AWS_SESSION_TOKEN": "test",
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": f"{XRAY_DAEMON}:{XRAY_PORT}",
        "_AWS_XRAY_DAEMON_ADDRESS": XRAY_DAEMON,
        "_AWS_XRAY_DAEMON_PORT": XRAY_PORT,
        "LAMBDA_TASK_ROOT": "/var/task",
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "TZ": ":UTC",
        "AWS_ENDPOINT_URL": aws.endpoint,
    }


def _logging(function: Function) -> dict[str, str]:
    """Return the runtime's log variables (RT-11); Lambda sets the level in JSON format only."""
    if not function.logging.json:
        return {}
    return {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": function.logging.application_level}


def inherited(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that an environment in local mode inherits from the shell: only those a process needs."""
    return {name: environment[name] for name in ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR") if name in environment}
