"""Fetches what the pipeline needs beside its nets: AWS's Runtime Interface Emulator (RIE) and sample portraits.

Run as a program (`python -m images.extras --help`) inside the Dockerfile, and by `facepipe models` elsewhere.
"""

import argparse
import platform
import sys
from pathlib import Path

from services.nets.building.fetch import FetchError, Say, WheelMember, fetch_member

SAM_CLI = "aws-sam-cli==1.170.0"

#: AWS's Runtime Interface Emulator, by architecture as Python names it
RIE = {
    "x86_64": WheelMember(
        SAM_CLI,
        "samcli/local/rapid/aws-lambda-rie-x86_64",
        "6b1e686e62ab2baf5759c412c4864276ef2a88b094fca53ec070637ccba9b9a5",
        8,
    ),
    "aarch64": WheelMember(
        SAM_CLI,
        "samcli/local/rapid/aws-lambda-rie-arm64",
        "ec2e5d09633d853834c008b1ef264bf834b258a94d551d2b2074966494b39a21",
        8,
    ),
}

#: portraits in the public domain: US Navy (Grace Hopper), NASA (Eileen Collins)
SAMPLES = {
    "grace_hopper.jpg": WheelMember(
        "matplotlib==3.11.2",
        "matplotlib/mpl-data/sample_data/grace_hopper.jpg",
        "a8ca6d734765703b09728ab47fe59f473d93ae3967fc24c7c0288c3c7adb7130",
        10,
    ),
    "astronaut.png": WheelMember(
        "scikit-image==0.26.0",
        "skimage/data/astronaut.png",
        "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
        14,
    ),
}


def fetch_rie(directory: Path, downloads: Path, *, machine: str, say: Say) -> Path:
    """Put the Runtime Interface Emulator for `machine` (x86_64 or aarch64) into `directory`."""
    architecture = {"arm64": "aarch64", "amd64": "x86_64"}.get(machine, machine)
    if architecture not in RIE:
        raise FetchError(f"there is no Runtime Interface Emulator for {machine}: only for x86_64 and arm64 Linux")
    target = directory / "aws-lambda-rie"
    fetch_member(RIE[architecture], target, downloads, say)
    target.chmod(0o755)
    return target


def fetch_samples(directory: Path, downloads: Path, *, say: Say) -> None:
    """Put the sample portraits into `directory`."""
    for name, source in SAMPLES.items():
        fetch_member(source, directory / name, downloads, say)


def main(arguments: list[str] | None = None) -> int:
    """Fetch what the options name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--downloads-dir", type=Path, required=True, help="where fetched files are kept")
    parser.add_argument("--rie-dir", type=Path, help="where the Runtime Interface Emulator goes")
    parser.add_argument("--samples-dir", type=Path, help="where the sample portraits go")
    parser.add_argument("--machine", default=platform.machine(), help="architecture of RIE: x86_64 or arm64")
    options = parser.parse_args(arguments)

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    try:
        if options.rie_dir:
            fetch_rie(options.rie_dir, options.downloads_dir, machine=options.machine, say=say)
        if options.samples_dir:
            fetch_samples(options.samples_dir, options.downloads_dir, say=say)
    except FetchError as error:
        say(f"images: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
