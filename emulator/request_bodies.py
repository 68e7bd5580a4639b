"""Bodies of HTTP requests that aiohttp sends."""

import io

IN_ONE_PIECE_BYTES = 1 << 20  #: aiohttp warns of a larger body that is not given as a file


def as_body(content: bytes) -> bytes | io.BytesIO:
    """Return a body as aiohttp wants it: a large one as a file, which is sent in pieces."""
    return io.BytesIO(content) if len(content) > IN_ONE_PIECE_BYTES else content
