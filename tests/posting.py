"""A POST with a content type that Lambda passes on as text: urllib, like curl, says that a body is a form (FU-34)."""

import urllib.request
from http.client import HTTPResponse


def post(url: str, body: bytes, content_type: str = "application/json") -> HTTPResponse:
    """Send a body; the response is a context manager, and an error status raises `HTTPError`."""
    request = urllib.request.Request(url, body, {"Content-Type": content_type})
    return urllib.request.urlopen(request, timeout=60)
