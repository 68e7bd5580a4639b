"""Why no release can be made."""


class ReleaseError(RuntimeError):
    """Nothing was released; the message says why, and what to do."""
