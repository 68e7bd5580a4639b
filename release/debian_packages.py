"""The Debian packages of an image, from the files that dpkg keeps there."""

import re
from collections.abc import Iterator, Mapping
from email.parser import Parser
from typing import Any

from packageurl import PackageURL

STATUS = "var/lib/dpkg/status"
INSTALLED = "install ok installed"
#: a copyright file that programs can read has such lines; their names are Debian's, not SPDX's
LICENCE = re.compile(rb"^License:[ \t]*(\S.*?)[ \t]*$", re.MULTILINE)


def debian_components(papers: Mapping[str, bytes]) -> Iterator[dict[str, Any]]:
    """Yield a component of CycloneDX for each package that is installed."""
    for paragraph in papers.get(STATUS, b"").decode().split("\n\n"):
        fields = Parser().parsestr(paragraph)
        if fields["Status"] != INSTALLED:
            continue
        name, version = fields["Package"], fields["Version"]
        purl = PackageURL("deb", "debian", name, version, {"arch": fields["Architecture"]}).to_string()
        yield {
            "bom-ref": purl,
            "type": "library",
            "name": name,
            "version": version,
            "purl": purl,
            "licenses": [{"license": {"name": licence}} for licence in licences_of(name, papers)],
        }


def licences_of(package: str, papers: Mapping[str, bytes]) -> list[str]:
    """Return the licences that a package's copyright file names, or where to read them."""
    file = f"usr/share/doc/{package}/copyright"
    found = sorted({name.decode(errors="replace") for name in LICENCE.findall(papers.get(file, b""))})
    return found or [f"see /{file}"]
