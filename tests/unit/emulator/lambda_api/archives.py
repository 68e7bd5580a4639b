"""Zip archives of functions, as scripts make them, and as nobody should."""

import io
import zipfile
from collections.abc import Mapping

CODE = {"app.py": "def handler(event, context):\n    return event\n"}
ROLE = "arn:aws:iam::000000000000:role/anything"


def archive(files: Mapping[str, str | bytes], modes: Mapping[str, int] | None = None) -> bytes:
    """Return an archive; `modes` are the Unix modes of some files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = (modes or {}).get(name, 0o100644) << 16
            made.writestr(info, text)
    return content.getvalue()
