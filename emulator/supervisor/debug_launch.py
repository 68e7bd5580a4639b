"""Starts a function's runtime under debugpy: the function's own Python runs this file by its path.

python debug_launch.py OPTIONS -m MODULE ARGUMENTS...

OPTIONS is a JSON object: `debugpy` is the folder that has the package debugpy, `port` is the port of 127.0.0.1 that
takes debuggers, and with `wait` the runtime starts only after a debugger has attached. The folder is on Python's path
only while debugpy is imported, so that the function finds no other package there.
"""

from __future__ import annotations

import importlib
import json
import os
import runpy
import sys
from typing import Any

ADAPTER = "FACEPIPE_DEBUGPY_ADAPTER"


def main() -> None:
    """Start debugpy, then become the runtime."""
    options, flag, module = json.loads(sys.argv[1]), sys.argv[2], sys.argv[3]
    if flag != "-m":
        sys.exit(f"debug_launch: {flag} cannot be started under a debugger, only -m MODULE")
    sys.path[0] = options["debugpy"]  # until now this file's folder
    debugpy = importlib.import_module("debugpy")
    guard_adapter(importlib.import_module("debugpy.adapter"))
    sys.path[0] = os.getcwd()  # as for `python -m`
    sys.argv = [module, *sys.argv[4:]]
    listen(debugpy, options)
    # What `python -m` calls; run_module would name the module differently.
    become_main: Any = runpy._run_module_as_main  # type: ignore[attr-defined]  # noqa: SLF001
    become_main(module, alter_argv=True)


def guard_adapter(adapter: Any) -> None:
    """Have debugpy start its adapter, which is a process of its own, by way of ours (debug_adapter/)."""
    os.environ[ADAPTER] = os.path.dirname(os.path.abspath(adapter.__file__))
    adapter.__file__ = os.path.join(os.path.dirname(os.path.abspath(__file__)), "debug_adapter", "__init__.py")


def listen(debugpy: Any, options: dict[str, Any]) -> None:
    """Take debuggers. Processes that the function starts are not debugged."""
    debugpy.configure(subProcess=False)
    debugpy.listen(("127.0.0.1", options["port"]))
    del os.environ[ADAPTER]
    if options["wait"]:
        debugpy.wait_for_client()


if __name__ == "__main__":
    main()
