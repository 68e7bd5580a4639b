"""The block LoggingConfig of `AWS::Lambda::Function`: log format, levels and group (RT-11)."""

from dataclasses import dataclass

from emulator.aws.identifiers import is_log_group, log_group
from emulator.aws.limits import LOG_GROUP_CHARACTERS
from emulator.properties import Properties, TemplateError

LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
SYSTEM_LEVELS = ("DEBUG", "INFO", "WARN")


@dataclass(frozen=True, slots=True)
class LoggingConfig:
    """Format, levels and log group of a function's output (RT-11)."""

    json: bool = False
    application_level: str = ""  #: the lowest level of the function's own lines; empty with text format: all lines
    system_level: str = "INFO"  #: the lowest level of Lambda's lines, in JSON format only
    group: str = ""  #: name of the log group; empty: the function's default group

    @classmethod
    def read(cls, block: Properties, function: str) -> "LoggingConfig":
        """Read the block of the function named `function`."""
        as_json = block.text("LogFormat", default="Text", choices=("Text", "JSON")) == "JSON"
        for key in ("ApplicationLogLevel", "SystemLogLevel"):
            if block.has(key) and not as_json:
                raise TemplateError(block.at(key), "a log level needs LogFormat: JSON")
        group = block.text("LogGroup", default="")
        if group and not is_log_group(group):
            raise TemplateError(
                block.at("LogGroup"),
                f"CloudWatch does not allow the name {group!r}; use 1 to {LOG_GROUP_CHARACTERS} letters, digits, _./#-",
            )
        config = cls(
            json=as_json,
            application_level=block.text("ApplicationLogLevel", default="INFO", choices=LEVELS) if as_json else "",
            system_level=block.text("SystemLogLevel", default="INFO", choices=SYSTEM_LEVELS),
            group="" if group == log_group(function) else group,
        )
        block.finish()
        return config

    def describe(self, function: str) -> dict[str, str]:
        """Return the block, always with the group's name."""
        described = {"LogFormat": "JSON" if self.json else "Text", "LogGroup": self.group or log_group(function)}
        if self.json:
            described |= {"ApplicationLogLevel": self.application_level, "SystemLogLevel": self.system_level}
        return described
