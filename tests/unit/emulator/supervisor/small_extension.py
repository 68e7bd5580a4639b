"""An external extension in a few lines: prints each event that it gets. EXTENSION says how it misbehaves."""

import http.client
import json
import os
import sys
import time
from pathlib import Path

HOW = os.environ.get("EXTENSION", "")
EVENTS = ["INVOKE", "SHUTDOWN"]


def ask(method: str, path: str, body: object = None, **headers: str) -> tuple[int, dict, dict]:
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, json.dumps(body), headers=names)
    answer = connection.getresponse()
    return answer.status, dict(answer.getheaders()), json.loads(answer.read())


def main() -> None:
    if HOW == "never registers":
        sys.exit(3)
    name = Path(sys.argv[0]).name
    _, headers, told = ask("POST", "/2020-01-01/extension/register", {"events": EVENTS}, Lambda_Extension_Name=name)
    mine = {"Lambda_Extension_Identifier": headers["Lambda-Extension-Identifier"]}
    print(f"registered {json.dumps(told)} handler {os.environ.get('_HANDLER')}", flush=True)
    telemetry = ask("PUT", "/2022-07-01/telemetry", {"types": ["platform"]}, **mine)
    print(f"telemetry {telemetry[0]} {telemetry[2]['errorType']}", flush=True)
    if HOW == "init error":
        kind = {"Lambda_Extension_Function_Error_Type": "Extension.ConfigInvalid"}
        ask("POST", "/2020-01-01/extension/init/error", {}, **mine, **kind)
        time.sleep(60)
    while True:
        _, _, event = ask("GET", "/2020-01-01/extension/event/next", **mine)
        print(f"event {json.dumps(event)}", flush=True)
        if event["eventType"] == "SHUTDOWN":
            break
        time.sleep(float(os.environ.get("EXTENSION_S", "0")))
        if HOW == "crash":
            sys.exit(7)
        print("after the call", flush=True)
    if HOW == "does not end":
        time.sleep(60)
    print("cleaned up", flush=True)


if __name__ == "__main__":
    main()
