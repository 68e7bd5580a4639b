"""How a function's output is written: the block LoggingConfig of `AWS::Lambda::Function` (RT-11)."""

from dataclasses import dataclass

from emulator.aws.identifiers import log_group
from emulator.properties import Properties, TemplateError

LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
SYSTEM_LEVELS = ("INFO", "WARN")


@dataclass(frozen=True, slots=True)
class LoggingConfig:
    """How a function's output is written (RT-11)."""

    json: bool = False
    application_level: str = ""  #: from which the function's own lines are written; empty: all of a text are
    system_level: str = "INFO"  #: the same of Lambda's lines; with JSON only
    group: str = ""  #: name of the log group; empty: the function's own

    @classmethod
    def read(cls, block: Properties, function: str) -> "LoggingConfig":
        """Read the block of the function with this name."""
        as_json = block.text("LogFormat", default="Text", choices=("Text", "JSON")) == "JSON"
        for key in ("ApplicationLogLevel", "SystemLogLevel"):
            if block.has(key) and not as_json:
                raise TemplateError(block.at(key), "a log level needs LogFormat: JSON")
        if block.raw("SystemLogLevel") == "DEBUG":
            raise TemplateError(block.at("SystemLogLevel"), "DEBUG is not built here; use INFO or WARN")
        group = block.text("LogGroup", default="")
        config = cls(
            json=as_json,
            application_level=block.text("ApplicationLogLevel", default="INFO", choices=LEVELS) if as_json else "",
            system_level=block.text("SystemLogLevel", default="INFO", choices=SYSTEM_LEVELS),
            group="" if group == log_group(function) else group,
        )
        block.finish()
        return config

    def describe(self, function: str) -> dict[str, str]:
        """Return the block, with the name of the group in any case."""
        described = {"LogFormat": "JSON" if self.json else "Text", "LogGroup": self.group or log_group(function)}
        if self.json:
            described |= {"ApplicationLogLevel": self.application_level, "SystemLogLevel": self.system_level}
        return described
