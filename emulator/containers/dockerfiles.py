"""Texts of Dockerfiles: base images are replaced by others, and one is written for a zip function. Pure."""

import fnmatch
import json
import re
from collections.abc import Mapping, Sequence

TASK_ROOT = "${LAMBDA_TASK_ROOT}"
#: what a zip function's folder may hold that is no part of its code
IGNORED = (".git", ".aws-sam", "**/__pycache__", "**/.venv", "**/venv", "**/.pytest_cache", "**/.mypy_cache")
_FROM = re.compile(r"^(\s*FROM\s+(?:--platform=\S+\s+)?)(\S+)", re.IGNORECASE)
_COPY_FROM = re.compile(r"^(\s*(?:COPY|ADD)\s.*?--from=)(\S+)", re.IGNORECASE)
_ARGUMENT = re.compile(r"^\s*ARG\s+([A-Za-z_]\w*)=(\S+)", re.IGNORECASE)
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::-([^}]*))?\}|(\w+))")


def with_base_images(text: str, replacements: Mapping[str, str], arguments: Mapping[str, str]) -> str:
    """Return a Dockerfile with the replacements of its base images; a name to replace may have wildcards.

    `arguments` are the build arguments that are given, which the base image's name may use.
    """
    known, lines = dict(arguments), []
    for line in text.splitlines(keepends=True):
        if match := _ARGUMENT.match(line):
            known.setdefault(match[1], match[2].strip("\"'"))
        if match := _FROM.match(line) or _COPY_FROM.match(line):
            other = replacement(_filled(match[2], known), replacements)
            lines.append(line[: match.start(2)] + (other or match[2]) + line[match.end(2) :])
        else:
            lines.append(line)
    return "".join(lines)


def replacement(image: str, replacements: Mapping[str, str]) -> str:
    """Return the image that is to be taken instead of this one; "" if there is none."""
    return next((other for name, other in replacements.items() if fnmatch.fnmatchcase(image, name)), "")


def _filled(text: str, known: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda match: known.get(match[1] or match[3], match[2] or ""), text)


def zip_dockerfile(runtime: str, handler: str, *, requirements: str | None, packages: Sequence[str] = ()) -> str:
    """Return the Dockerfile for a zip function on Python: its folder in AWS's base image, with what it requires.

    `requirements` is the text of its requirements.txt; `packages` are what it names elsewhere.
    """
    lines = [f"FROM public.ecr.aws/lambda/python:{runtime.removeprefix('python')}"]
    copy = f"COPY . {TASK_ROOT}/"
    if requirements is None:
        install = [f"RUN {json.dumps(['python3', '-m', 'pip', 'install', *packages])}"] if packages else []
        lines += [*install, copy]
    elif names_files(requirements):
        lines += [copy, f"RUN cd {TASK_ROOT} && python3 -m pip install -r requirements.txt"]
    else:  # first, so that changed code does not install the packages again
        lines += ["COPY requirements.txt /tmp/", "RUN python3 -m pip install -r /tmp/requirements.txt", copy]
    return "\n".join([*lines, f"CMD {json.dumps([handler])}", ""])


def names_files(requirements: str) -> bool:
    """Return whether a requirements.txt names files or folders, which are relative to its own place."""
    words = [line.split("#")[0].strip() for line in requirements.splitlines()]
    return any(word.startswith((".", "/", "-")) or "file:" in word or word.endswith((".whl", ".gz")) for word in words)
