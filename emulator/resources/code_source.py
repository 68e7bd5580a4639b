"""Where a function's code comes from, as its template says it; what AWS itself would fetch is not looked at."""

from collections.abc import Mapping
from dataclasses import dataclass, field


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
    revision: int = 0  #: counts the changes of the code while the emulator runs

    @property
    def is_local(self) -> bool:
        """Whether the code is on this machine."""
        return not (self.folder is None and self.inline is None and self.context is None)
