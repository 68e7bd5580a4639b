"""HTTP clients that read certificates only where they need them, and ask no proxy for this machine."""

from typing import Any

import httpx

from facepipe.client.endpoints import is_here


class ProxyError(RuntimeError):
    """The proxy that the environment names cannot be used."""


def http_client(url: str, **options: Any) -> httpx.Client:
    """Return a client for requests to this URL. Raises `ProxyError`.

    For plain HTTP it reads no certificates: httpx reads those of all authorities for each client, which takes 25 ms.
    For this machine it reads no variables either: HTTP_PROXY may name a proxy which cannot reach it.
    """
    try:
        return httpx.Client(verify=url.lower().startswith("https:"), trust_env=not is_here(url), **options)
    except ImportError as error:  # for SOCKS, httpx needs another package
        raise ProxyError(f"{url}: {error}") from error
