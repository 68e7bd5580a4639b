"""Stands in for the docker command: images and what was pushed are entries of a JSON file."""

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

STATE = Path(os.environ["DOCKER_STATE"])


def digest(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def manifest(image: str) -> str:
    return json.dumps({"config": {"digest": image}})


def run(state: dict, words: list[str]) -> int:
    match words:
        case ["build", *options]:
            tag = options[options.index("--tag") + 1]
            state["images"][tag] = {
                "id": digest(" ".join(options)),
                "platform": options[options.index("--platform") + 1],
            }
        case ["image", "inspect", name]:
            if name not in state["images"]:
                print(f"Error: No such image: {name}", file=sys.stderr)
                return 1
            image = state["images"][name]
            kind = {"Id": image["id"], "Architecture": image["platform"].split("/")[1], "Config": {}}
            print(json.dumps([kind]))
        case ["tag", image, name]:
            state["tags"][name] = image
        case ["push", name]:
            state["pushed"][name] = state["tags"][name]
        case ["rmi", name]:
            del state["tags"][name]
        case ["buildx", "imagetools", "inspect", "--raw", name]:
            if name not in state["pushed"]:
                print("ERROR: not found", file=sys.stderr)
                return 1
            print(manifest(state["pushed"][name]), end="")
    return 0


if __name__ == "__main__":
    empty: dict[str, Any] = {"images": {}, "tags": {}, "pushed": {}, "calls": []}
    known = json.loads(STATE.read_text()) if STATE.exists() else empty
    known["calls"].append(sys.argv[1:])
    code = run(known, sys.argv[1:])
    STATE.write_text(json.dumps(known))
    sys.exit(code)
