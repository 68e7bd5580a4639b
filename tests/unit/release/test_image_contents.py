"""Lists of an image's files, and what they say is inside."""

import io
import tarfile

from release.debian_packages import debian_components
from release.image_contents import ImageFiles, differences, read_files

#: as dpkg writes it: one package that is installed, one of which only settings are left
STATUS = b"""\
Package: libc6
Status: install ok installed
Maintainer: GNU Libc Maintainers <debian-glibc@lists.debian.org>
Architecture: amd64
Version: 2.41-12+deb13u1
Description: GNU C Library
 Contains the standard libraries.

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1.0
"""
COPYRIGHT = b"""\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
License: LGPL-2.1+

Files: b
License: BSD-3-clause
 Redistribution and use ...

License: LGPL-2.1+
 This library is free software ...
"""


def image(files: dict[str, bytes], *, time: int = 0, mode: int = 0o644) -> ImageFiles:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        for path, data in files.items():
            member = tarfile.TarInfo(path)
            member.size, member.mtime, member.mode = len(data), time, mode
            tar.addfile(member, io.BytesIO(data))
        link = tarfile.TarInfo("bin")
        link.type, link.linkname = tarfile.SYMTYPE, "usr/bin"
        tar.addfile(link)
    content.seek(0)
    with tarfile.open(fileobj=content, mode="r|") as tar:
        return read_files(tar)


def test_times_and_order_make_no_difference() -> None:
    first = image({"a": b"1", "b/c d": b"2"}, time=1)
    second = image({"b/c d": b"2", "a": b"1"}, time=2)
    assert first == second
    assert first.sha256 == second.sha256


def test_contents_modes_and_missing_files_do() -> None:
    first = image({"a": b"1", "b/c d": b"2"}).listing
    assert differences(first, image({"a": b"1", "b/c d": b"3"}).listing) == ["b/c d"]
    assert differences(first, image({"a": b"1"}).listing) == ["b/c d"]
    assert differences(first, image({"a": b"1", "b/c d": b"2"}, mode=0o600).listing) == ["a", "b/c d"]


def test_debians_packages_are_listed_with_version_and_licences() -> None:
    papers = image({"var/lib/dpkg/status": STATUS, "usr/share/doc/libc6/copyright": COPYRIGHT}).papers
    (libc,) = debian_components(papers)
    assert libc["purl"] == "pkg:deb/debian/libc6@2.41-12%2Bdeb13u1?arch=amd64"
    assert libc["licenses"] == [{"license": {"name": "BSD-3-clause"}}, {"license": {"name": "LGPL-2.1+"}}]


def test_a_package_whose_copyright_names_no_licence_says_where_to_read_it() -> None:
    (libc,) = debian_components(image({"var/lib/dpkg/status": STATUS}).papers)
    assert libc["licenses"] == [{"license": {"name": "see /usr/share/doc/libc6/copyright"}}]
