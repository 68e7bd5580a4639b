"""HTTP clients that read certificates only where they need them."""

from typing import Any

import httpx


def http_client(url: str, **options: Any) -> httpx.Client:
    """Return a client for requests to this URL.

    For plain HTTP it reads no certificates: httpx reads those of all authorities for each client, which takes 25 ms.
    """
    return httpx.Client(verify=url.lower().startswith("https:"), **options)
