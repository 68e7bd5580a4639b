"""A Python for images that have none: Debian's, with all libraries that it needs, so that it runs in any image."""

import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from emulator.containers.container_arguments import python_folder
from emulator.containers.dockerfiles import with_base_images

#: The second instruction is that of images/Dockerfile, so that Docker's cache has it for both.
DOCKERFILE = r"""
FROM debian:trixie-slim AS made
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends python3 ca-certificates >/dev/null \
 && rm -rf /var/lib/apt/lists/* /var/cache/*
RUN mkdir -p /python/bin /python/lib && cp -rL /usr/lib/python3.* /python/lib/ && cp -L /usr/bin/python3 /python/bin/ \
 && ldd /usr/bin/python3 /usr/lib/python3.*/lib-dynload/*.so \
  | awk '/=> \// { print $3 }' | sort -u | xargs -I LIBRARY cp -L LIBRARY /python/lib/ \
 && cp -L "$(ldd /usr/bin/python3 | awk '/ld-linux/ { print $1 }')" /python/lib/ld.so \
 && chmod -R a+rX /python
FROM scratch
COPY --from=made /python /
"""

Run = Callable[[str, list[str]], None]


def make_python(tools: Path, base_images: Mapping[str, str], run: Run) -> None:
    """Make the Python that containers mount, unless it is there; `run` runs a build."""
    target = python_folder(tools)
    if target.is_dir():
        return
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".python-") as made:
        context, file, result = Path(made, "context"), Path(made, "Dockerfile"), Path(made, "python")
        context.mkdir()
        file.write_text(with_base_images(DOCKERFILE.lstrip(), base_images, {}), encoding="utf-8")
        command = ["docker", "build", "--progress=plain", "--file", str(file), "--output", f"type=local,dest={result}"]
        run("a Python for images without one", [*command, str(context)])
        result.chmod(0o755)
        try:
            result.rename(target)
        except OSError:  # another emulator was faster
            shutil.rmtree(result)
