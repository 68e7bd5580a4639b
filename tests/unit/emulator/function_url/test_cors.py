"""Cross-origin requests: FU-27."""

from emulator.function_url.cors import apply, is_preflight, preflight
from emulator.function_url.response import Response
from emulator.resources import Cors

CORS = Cors(
    allow_origins=("https://a.example", "https://b.example"),
    allow_methods=("GET", "POST"),
    allow_headers=("x-one", "x-two"),
    expose_headers=("x-three",),
    allow_credentials=True,
    max_age_s=60,
)
OWN = Response(201, (("content-type", "text/plain"), ("access-control-allow-origin", "https://evil.example")), b"x")


def test_fu27_the_settings_win_over_the_functions_headers() -> None:
    response = apply(CORS, "https://a.example", OWN)
    assert (response.status, response.body) == (201, b"x")
    assert dict(response.headers) == {
        "content-type": "text/plain",
        "access-control-allow-origin": "https://a.example",
        "vary": "Origin",
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": "x-three",
    }


def test_fu27_an_origin_that_is_not_allowed_gets_no_headers() -> None:
    assert apply(CORS, "https://c.example", OWN).headers == (("content-type", "text/plain"),)


def test_fu27_every_origin() -> None:
    anyone = Cors(allow_origins=("*",))
    assert ("access-control-allow-origin", "*") in apply(anyone, "https://c.example", OWN).headers
    assert ("access-control-allow-origin", "*") in apply(anyone, "", OWN).headers


def test_fu27_a_preflight_is_answered_with_what_is_allowed() -> None:
    assert dict(preflight(CORS, "https://b.example").headers) == {
        "access-control-allow-origin": "https://b.example",
        "vary": "Origin",
        "access-control-allow-credentials": "true",
        "access-control-allow-methods": "GET,POST",
        "access-control-allow-headers": "x-one,x-two",
        "access-control-max-age": "60",
    }
    assert preflight(CORS, "https://c.example").headers == ()


def test_fu27_what_a_preflight_is() -> None:
    asked = {"origin": "https://a.example", "access-control-request-method": "POST"}
    assert is_preflight("OPTIONS", asked)
    assert not is_preflight("POST", asked)
    assert not is_preflight("OPTIONS", {"origin": "https://a.example"})
