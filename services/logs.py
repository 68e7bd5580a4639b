"""One line of JSON for each thing that an operator wants to know, always with its request_id."""

import json
import sys


def log(event: str, request_id: str, *, level: str = "INFO", **fields: object) -> None:
    """Write one structured line, which Lambda carries to CloudWatch; never an image or an embedding."""
    line = {"level": level, "event": event, "request_id": request_id, **fields}
    sys.stdout.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()
