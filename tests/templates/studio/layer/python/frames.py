"""A module of the layer."""


def framed(text: str) -> str:
    """Return a text with a frame."""
    return f"[{text}]"
