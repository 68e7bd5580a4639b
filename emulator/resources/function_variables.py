"""A function's own environment variables, within Lambda's limits (RT-01)."""

from collections.abc import Mapping

from emulator.aws import limits
from emulator.aws.identifiers import is_variable_name
from emulator.properties import Properties, RefusalError, TemplateError

#: variables that Lambda sets, and that a configuration must not set (RT-01)
RESERVED_VARIABLES = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
    }
)
RESERVED_WORDS = (
    "Lambda was unable to configure your environment variables because the environment variables you have provided"
    " contains reserved keys that are currently not supported for modification. Reserved keys used in this request: "
)


def variables_bytes(variables: Mapping[str, str]) -> int:
    """Return the size in bytes that counts against Lambda's limit on variables."""
    return sum(len(name.encode()) + len(value.encode()) for name, value in variables.items())


def read_variables(environment: Properties) -> dict[str, str]:
    """Read an Environment block within Lambda's limits."""
    block = environment.block_or_empty("Variables")
    environment.finish()
    variables = {name: block.text(name) for name in block.values}
    if odd := [name for name in variables if not is_variable_name(name)]:
        raise TemplateError(
            block.path,
            f"Lambda does not allow the name {odd[0]!r}; use a letter first, then one or more letters, digits and _",
        )
    if reserved := sorted(set(variables) & RESERVED_VARIABLES):
        raise RefusalError(
            block.path, RESERVED_WORDS + ", ".join(reserved), f"{reserved[0]} is reserved for Lambda; rename it"
        )
    if (size := variables_bytes(variables)) > limits.ENVIRONMENT_BYTES:
        raise TemplateError(
            block.path, f"has {size:,} bytes; Lambda allows {limits.ENVIRONMENT_BYTES:,} for all variables"
        )
    return variables
