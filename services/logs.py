"""One line of JSON for each thing that an operator wants to know, always with its request_id."""

import json
import sys


def log(event: str, request_id: str, **fields: object) -> None:
    """Write one structured line, which Lambda carries to CloudWatch; never an image or an embedding."""
    line = json.dumps({"event": event, "request_id": request_id, **fields}, ensure_ascii=False, default=str)
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
