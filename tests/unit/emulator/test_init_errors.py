"""Why an init phase failed, in one line: file and line of the function's own code."""

import json

import pytest

from emulator.init_errors import init_error_text

# as awslambdaric posts it to /runtime/init/error: FaultException's trace, and the frames of a failed import
IMPORT = {
    "errorMessage": "broken at import",
    "errorType": "RuntimeError",
    "requestId": "",
    "stackTrace": [
        '  File "/usr/lib/python3.12/importlib/__init__.py", line 90, in import_module\n    return _gcd_import(name)\n',
        '  File "<frozen importlib._bootstrap>", line 488, in _call_with_frames_removed\n',
        '  File "/var/task/app.py", line 3, in <module>\n    raise RuntimeError("broken at import")\n',
        '  File "<string>", line 1, in nowhere\n',
    ],
}
SYNTAX = {
    "errorMessage": "Syntax error in module 'app': '(' was never closed (app.py, line 2)",
    "errorType": "Runtime.UserCodeSyntaxError",
    "stackTrace": [],
}


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (json.dumps(IMPORT), "RuntimeError: broken at import at /var/task/app.py, line 3"),
        (
            json.dumps(SYNTAX),
            "Runtime.UserCodeSyntaxError: Syntax error in module 'app': '(' was never closed (app.py, line 2)",
        ),
        (json.dumps({"errorType": "Odd", "errorMessage": "a\nb", "stackTrace": 7}), "Odd: a b"),
        ("exit\ncode 1", "exit code 1"),
        ("", ""),
        ('{"a": 1}', '{"a": 1}'),
    ],
)
def test_what_is_said(error: str, text: str) -> None:
    assert init_error_text(error) == text
