"""Prints the packages of pyproject.toml's parts, and cuts botocore's descriptions down to the services in use.

requires.py PART...                          what `pip install` is to take
requires.py --trim-botocore FOLDER SERVICE...  botocore carries 25 MB for every service of AWS
"""

import shutil
import sys
import tomllib
from pathlib import Path


def main(arguments: list[str]) -> None:
    """Run one of the two."""
    if arguments[0] == "--trim-botocore":
        folder, keep = Path(arguments[1]), set(arguments[2:])
        for service in folder.iterdir():
            if service.is_dir() and service.name not in keep:
                shutil.rmtree(service)
        return
    parts = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    print(*sorted({package for name in arguments for package in parts[name]}))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
