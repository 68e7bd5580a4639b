"""Where a function's code comes from, as its template says it; what AWS itself would fetch is not looked at."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class CodeSource:
    """What a template says about a function's code; paths are relative to the template's folder."""

    folder: str | None = None  #: a zip function's CodeUri, or its Code where that is a path
    inline: str | None = None  #: the text of a zip function's only file, index.py
    context: str | None = None  #: an image function's DockerContext
    dockerfile: str = "Dockerfile"  #: relative to the context
    working_directory: str = ""  #: ImageConfig.WorkingDirectory
    entry_point: tuple[str, ...] = ()  #: ImageConfig.EntryPoint
    build_arguments: Mapping[str, str] = field(default_factory=dict)  #: DockerBuildArgs
    build_target: str = ""  #: DockerBuildTarget, a stage of the Dockerfile
    tag: str = ""  #: DockerTag
    layers: tuple[str, ...] = ()  #: folders of its layers that are on this machine
    sha256: str = ""  #: of an archive that the API brought, in base64; its files are in `folder`
    size_bytes: int = 0  #: of this archive
    revision: int = 0  #: counts the changes of the code while the emulator runs

    @property
    def is_local(self) -> bool:
        """Whether the code is on this machine."""
        return not (self.folder is None and self.inline is None and self.context is None)

    def describe(self) -> dict[str, Any]:
        """Return the members of a FunctionConfiguration about an archive; of other code they are not known."""
        return {"CodeSha256": self.sha256, "CodeSize": self.size_bytes} if self.sha256 else {}

    def with_image_config(self, config: Mapping[str, Any] | None) -> "CodeSource":
        """Return the source with the members of a request's ImageConfig that are not the command."""
        given = config or {}
        entry_point = tuple(given["EntryPoint"]) if "EntryPoint" in given else self.entry_point
        return replace(
            self, entry_point=entry_point, working_directory=given.get("WorkingDirectory", self.working_directory)
        )
