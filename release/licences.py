"""Which licences may be inside a release: those under which it may be passed on together with code under Apache-2.0.

Debian's packages are left out: Debian's main archive has free software only, and they are programs and libraries of the
system, which images carry beside the application. Their licences are in the bills of materials.
"""

from collections.abc import Iterator
from typing import Any

from license_expression import ExpressionError
from license_expression import get_spdx_licensing as spdx

from release.bills import Bill
from release.release_error import ReleaseError

#: by SPDX's names
ALLOWED = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC0-1.0",
        "CNRI-Python",
        "ISC",
        "LGPL-2.1-or-later",  # libraries that are files of their own, and can be replaced
        "LGPL-3.0-only",
        "MIT",
        "MIT-0",
        "MIT-CMU",
        "MPL-2.0",  # its files stay under it; facepipe changes none of them
        "PSF-2.0",
        "Python-2.0",
        "Unlicense",
        "Zlib",
    }
)

#: what packages write where SPDX's name should be
SPELLINGS = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache License 2.0": "Apache-2.0",
    "Dual License": "Apache-2.0 OR BSD-3-Clause",  # python-dateutil
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: BSD License": "BSD-3-Clause",
    "License :: OSI Approved :: ISC License (ISCL)": "ISC",
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "License :: OSI Approved :: Python Software Foundation License": "PSF-2.0",
}

#: wheels with libraries of others inside, whose licences their metadata does not name
INSIDE_WHEELS = {
    "opencv-python-headless": "LGPL-2.1-or-later",  # FFmpeg
    "pillow-heif": "LGPL-3.0-only AND GPL-2.0-only",  # libheif, libde265; x265
}


def refused(bill: Bill) -> list[str]:
    """Return why components may not be inside a release, a line for each; empty if all may."""
    return [reason for component in bill.get("components", []) if (reason := _reason(component))]


def _reason(component: dict[str, Any]) -> str:
    if str(component.get("purl", "")).startswith("pkg:deb/"):
        return ""
    package = f"{component['name']} {component.get('version', '')}".strip()
    said = list(declared(component))
    if not said:
        return f"{package} does not say under which licence it is"
    odd = [licence for licence in said if not is_allowed(licence)]
    return f"{package} is under {', '.join(odd)}" if odd else ""


def declared(component: dict[str, Any]) -> Iterator[str]:
    """Yield what a component says of its licence: expressions of SPDX, or its own words where these mean none."""
    for entry in component.get("licenses", []):
        licence = entry.get("license", {})
        words = str(entry.get("expression") or licence.get("id") or licence.get("name"))
        yield SPELLINGS.get(words, words)
    name = component["name"].lower().replace("_", "-")
    if name in INSIDE_WHEELS:
        yield INSIDE_WHEELS[name]


def is_allowed(licence: str) -> bool:
    """Whether an expression of SPDX can be met by licences that are allowed."""
    licensing = spdx()
    try:
        expression = licensing.parse(licence)
    except ExpressionError:
        return False
    if expression is None:  # an empty text
        return False
    symbols = licensing.license_symbols(expression, decompose=False)
    values = {symbol: licensing.TRUE if symbol.key in ALLOWED else licensing.FALSE for symbol in symbols}
    return bool(expression.subs(values, simplify=True) == licensing.TRUE)


def verify_licences(bill: Bill, name: str) -> None:
    """Raise `ReleaseError` with each component of a bill that may not be inside."""
    if reasons := refused(bill):
        cure = "replace the package, or allow the licence in release/licences.py if Apache-2.0 permits it"
        raise ReleaseError(f"{name} has packages that may not be inside: {'; '.join(reasons)}. {cure}")


def listed(bill: Bill) -> str:
    """Return a table of what is inside: package, version, licences."""
    rows = [
        (c["name"], c.get("version", "-"), ", ".join(dict.fromkeys(declared(c))) or "-") for c in bill["components"]
    ]
    return "".join(f"{name:<40} {version:<30} {licences}\n" for name, version, licences in sorted(rows))
