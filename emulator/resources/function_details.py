"""What a function's description has in addition, without any effect here: role, description, architecture, tracing."""

from dataclasses import dataclass
from typing import Any

from emulator.properties import Properties

X86 = "x86_64"
RECURSIVE_LOOP, STOPPED, ALLOWED = "RecursiveLoop", "Terminate", "Allow"
UNSAMPLED = "PassThrough"  #: the mode of tracing that AWS sets if none is given
ROLE, DESCRIPTION, ARCHITECTURES, TRACING = "Role", "Description", "Architectures", "TracingConfig"


@dataclass(frozen=True, slots=True)
class FunctionDetails:
    """The details; the defaults are AWS's, and a template's role may be one that is not emulated."""

    role: str = ""  #: an ARN
    description: str = ""
    architecture: str = X86
    tracing: str = UNSAMPLED
    recursive_loop: str = STOPPED  #: whether a loop through a queue is stopped (ES-47), or Allow

    @classmethod
    def read(cls, properties: Properties) -> "FunctionDetails":
        """Read them; a role that is no text belongs to a resource that is not emulated."""
        role, architectures = properties.raw(ROLE), properties.texts(ARCHITECTURES)
        return cls(
            role=role if isinstance(role, str) else "",
            description=properties.text(DESCRIPTION, default=""),
            architecture=architectures[0] if architectures else X86,
            tracing=properties.block_or_empty(TRACING).text("Mode", default=UNSAMPLED),
        )

    def describe(self) -> dict[str, Any]:
        """Return the members of a FunctionConfiguration, which are properties too."""
        described = {
            DESCRIPTION: self.description,
            ARCHITECTURES: [self.architecture],
            TRACING: {"Mode": self.tracing},
        }
        return {ROLE: self.role, **described} if self.role else described
