"""A custom runtime in a few lines, on the Runtime API alone: does what each event says."""

import http.client
import json
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

API = "/2018-06-01/runtime"
RUNNING: list[int] = []


def ask(method: str, path: str, body: Any = None, **options: Any) -> tuple[int, dict, bytes]:
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    connection.request(method, API + path, body, **options)
    answer = connection.getresponse()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()


def extension_request(method: str, path: str, body: object = None, **headers: str) -> tuple[int, dict]:
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, f"/2020-01-01/extension{path}", json.dumps(body), headers=names)
    answer = connection.getresponse()
    return answer.status, {**dict(answer.getheaders()), **json.loads(answer.read())}


def internal_extension() -> None:
    """Register as a library inside the runtime does, and take events in a thread."""
    refused = extension_request("POST", "/register", {"events": ["SHUTDOWN"]}, Lambda_Extension_Name="library")
    _, told = extension_request("POST", "/register", {"events": ["INVOKE"]}, Lambda_Extension_Name="library")
    print(f"library {refused[0]} {refused[1]['errorType']} {told['handler']}", flush=True)

    def take() -> None:
        while True:
            identifier = {"Lambda_Extension_Identifier": told["Lambda-Extension-Identifier"]}
            _, event = extension_request("GET", "/event/next", **identifier)
            time.sleep(0.3)
            print(f"library {event['eventType']} {event['requestId']}", flush=True)

    threading.Thread(target=take, daemon=True).start()


def serve() -> None:  # noqa: C901  # one branch for each order
    _, headers, body = ask("GET", "/invocation/next")
    RUNNING.append(1)
    order, _, argument = json.loads(body).strip().partition(" ")
    mine = f"/invocation/{headers['lambda-runtime-aws-request-id']}"
    result: object = os.getpid()
    match order:
        case "headers":
            print("called with headers", flush=True)
            result = headers
        case "overlap":
            time.sleep(0.02)
            result = {"running": len(RUNNING)}
        case "error":
            ask("POST", f"{mine}/error", b'{"errorType": "Told", "errorMessage": "told to"}')
            result = None
        case "exit" if argument != "soon":
            os._exit(int(argument))
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "sleep":
            time.sleep(60)
        case "large":
            result = "x" * (int(argument) - 2)
        case "chunked":
            ask("POST", f"{mine}/response", iter([b'{"a":', b'"b"}']), encode_chunked=True)
            result = None
        case "attempts":
            given = headers["lambda-runtime-invocation-id"]
            other = ask("POST", f"{mine}/response", b"1", headers={"Lambda-Runtime-Invocation-Id": "another"})[0]
            own = ask("POST", f"{mine}/response", b"2", headers={"Lambda-Runtime-Invocation-Id": given})[0]
            print(f"attempts: {other} {own}", flush=True)
            result = None
        case "wrong":
            result = {"refused": ask("POST", "/invocation/another/response", b"1")[0]}
    RUNNING.pop()
    if result is not None and ask("POST", f"{mine}/response", json.dumps(result).encode())[0] != 202:
        sys.exit(1)
    if (order, argument) == ("exit", "soon"):
        os._exit(5)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["slow init"]:
            time.sleep(float(os.environ["INIT_S"]))
        case ["no init before", file]:
            time.sleep(float(os.environ["INIT_S"]) if Path(file).exists() else 60)
        case ["init error"]:
            ask("POST", "/init/error", b'{"errorType": "Init", "errorMessage": "no luck"}')
            sys.exit(1)
        case ["deaf"]:
            host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
            with socket.create_connection((host, int(port))) as asking:
                asking.sendall(f"GET {API}/invocation/next HTTP/1.1\r\n\r\n".encode())
                time.sleep(60)
        case ["snap start", how]:
            print(f"initialised as {os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']}", flush=True)
            print(f"restored {ask('GET', '/restore/next')[0]}", flush=True)
            if how == "fails":
                ask("POST", "/restore/error", b'{"errorType": "Runtime.AfterRestoreError", "errorMessage": "no luck"}')
                sys.exit(1)
            time.sleep(60 if how == "is late" else 0)
        case ["internal"]:
            internal_extension()
        case ["init exit"]:
            sys.exit(4)
    while True:
        serve()
