"""Which licences may be inside a release."""

import pytest

from release.licences import is_allowed, refused, verify_licences
from release.release_error import ReleaseError


@pytest.mark.parametrize(
    "expression",
    [
        "MIT",
        "Apache-2.0 AND MIT",
        "GPL-2.0-only OR MIT",
        "BSD-3-Clause AND (Zlib OR LGPL-2.1-only)",
    ],
)
def test_an_expression_that_can_be_met_is_allowed(expression: str) -> None:
    assert is_allowed(expression)


@pytest.mark.parametrize(
    "expression",
    ["GPL-3.0-only", "MIT AND GPL-2.0-or-later", "AGPL-3.0-only OR GPL-3.0-only", "Proprietary", "ask (us", ""],
)
def test_others_are_not(expression: str) -> None:
    assert not is_allowed(expression)


def component(*licences: dict[str, object], name: str = "foo", purl: str = "pkg:pypi/foo@1.2") -> dict[str, object]:
    return {"name": name, "version": "1.2", "purl": purl, "licenses": list(licences)}


def test_a_refused_licence_is_named_with_its_package() -> None:
    bill = {
        "components": [
            component({"license": {"id": "MIT"}}),
            component({"license": {"id": "GPL-3.0-only"}}, name="bar"),
            component({"expression": "MIT OR GPL-2.0-only"}, name="both"),
            component({"license": {"name": "License :: OSI Approved :: Apache Software License"}}, name="old"),
            component(name="silent"),
        ]
    }
    assert refused(bill) == ["bar 1.2 is under GPL-3.0-only", "silent 1.2 does not say under which licence it is"]
    with pytest.raises(ReleaseError, match="recognition has packages that may not be inside: bar 1.2 is under GPL-3.0"):
        verify_licences(bill, "recognition")


def test_each_of_several_licences_must_be_allowed() -> None:
    both = component({"license": {"id": "MIT"}}, {"license": {"id": "LGPL-2.1-only"}})
    assert refused({"components": [both]}) == ["foo 1.2 is under LGPL-2.1-only"]


def test_programs_of_debian_are_listed_and_not_judged() -> None:
    bash = component({"license": {"name": "GPL-3+"}}, name="bash", purl="pkg:deb/debian/bash@5.2")
    assert refused({"components": [bash]}) == []


def test_libraries_inside_a_wheel_count_too() -> None:
    wheel = component({"license": {"id": "BSD-3-Clause"}}, name="pillow_heif")
    assert refused({"components": [wheel]}) == ["pillow_heif 1.2 is under LGPL-3.0-only AND GPL-2.0-only"]
