"""What an image holds, file by file. Two builds are compared by it: a layer's digest has the build's time in it."""

import hashlib
import re
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from facepipe.ship.docker import docker
from release.release_error import ReleaseError

#: the files that say what is inside: Python's and Debian's packages, and the models
PAPERS = re.compile(
    r".*\.dist-info/(METADATA|licenses/.+|LICEN[CS]E[^/]*)"
    r"|var/lib/dpkg/status|usr/share/doc/[^/]+/copyright|opt/facepipe/models/manifest\.json"
)
KINDS = {tarfile.DIRTYPE: "directory", tarfile.SYMTYPE: "symlink", tarfile.LNKTYPE: "link", tarfile.REGTYPE: "file"}


@dataclass(frozen=True, slots=True)
class ImageFiles:
    """All files of an image."""

    listing: str  #: a line for each: kind, mode, owner, sha256 of the content or target of the link, and path
    papers: Mapping[str, bytes]  #: the contents of those that say what is inside, by path

    @property
    def sha256(self) -> str:
        """Of the listing: two images with the same one hold the same files with the same contents."""
        return hashlib.sha256(self.listing.encode()).hexdigest()


def read_image(image: str) -> ImageFiles:
    """List an image on this machine, without running it."""
    container = docker("create", image, "true").strip()
    try:
        with (
            subprocess.Popen(["docker", "export", container], stdout=subprocess.PIPE) as export,
            tarfile.open(fileobj=export.stdout, mode="r|") as tar,
        ):
            files = read_files(tar)
        if export.returncode:
            raise ReleaseError(f"docker export of {image} ended with {export.returncode}: see its message above")
        return files
    finally:
        docker("rm", "--force", container)


def read_files(tar: tarfile.TarFile) -> ImageFiles:
    """List what `docker export` wrote."""
    papers: dict[str, bytes] = {}
    lines = sorted(_lines(tar, papers))
    return ImageFiles("".join(f"{facts} {path}\n" for path, facts in lines), papers)


def _lines(tar: tarfile.TarFile, papers: dict[str, bytes]) -> Iterator[tuple[str, str]]:
    for member in tar:
        path = member.name.removeprefix("./")
        said = quote(member.linkname) or "-"
        if content := tar.extractfile(member) if member.isreg() else None:
            data = content.read()
            said = hashlib.sha256(data).hexdigest()
            if PAPERS.fullmatch(path):
                papers[path] = data
        yield path, f"{KINDS.get(member.type, 'other')} {member.mode:04o} {member.uid}:{member.gid} {said}"


def differences(first: str, second: str) -> list[str]:
    """Return the paths that two listings do not have alike, in order."""
    odd = set(first.splitlines()) ^ set(second.splitlines())
    return sorted({line.split(" ", 4)[4] for line in odd})
