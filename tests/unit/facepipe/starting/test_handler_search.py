"""Which functions are handlers."""

import pytest

from facepipe.starting.code_base import CodeBase
from facepipe.starting.handler_search import find_handlers
from facepipe.starting.python_file import read_python

TAKEN = {
    "the usual one": ("def handler(event, context): pass", ["handler"]),
    "other names of parameters": ("def go(evt, ctx): pass", ["go"]),
    "unused parameters": ("def go(_event, _context): pass", ["go"]),
    "an unused context": ("def go(event, _): pass", ["go"]),
    "types": ("def go(event: dict, context: object) -> dict: ...", ["go"]),
    "a usual name with any parameters": ("def lambda_handler(a, b): pass", ["lambda_handler"]),
    "a usual name with all parameters": ("def handler(*args): pass", ["handler"]),
    "further ones have defaults": ("def go(event, context, db=None, *, more=1): pass", ["go"]),
    "a context that may be left out": ("def go(event, context=None): pass", ["go"]),
    "decorated": ("@trace\ndef go(event, context): pass", ["go"]),
    "several in one file": ("def b(event, context): pass\ndef a(event, context): pass", ["b", "a"]),
    "defined if a module is there": (
        "try:\n    import x\n    def go(event, context): 1\nexcept E:\n    def go(event, context): 2",
        ["go"],
    ),
    "a lambda": ("handler = lambda event, context: None", ["handler"]),
    "made by a call": ("handler = Mangum(app)", ["handler"]),
    "a method that is assigned": ("class A:\n    def run(self, event, context): pass\nhandler = A().run", ["handler"]),
    "an own class whose name ends in Handler": ("class MyHandler: pass\nhandler = MyHandler()", ["handler"]),
    "the last definition": ("def handler(event): pass\ndef handler(event, context): pass", ["handler"]),
    "a helper of another": (
        "def work(event, context): 1\ndef handler(event, context): work(event, context)",
        ["handler"],
    ),
    "two that call each other": ("def a(event, context): b\ndef b(event, context): a", ["a", "b"]),
}
LEFT = {
    "one parameter": "def handler(event): pass",
    "three": "def go(event, context, more): pass",
    "an option without a default": "def go(event, context, *, more): pass",
    "not an event": "def error(request, exception): pass",
    "a log handler": "import logging\nhandler = logging.StreamHandler()",
    "a handler within a function": "def outer():\n    def handler(event, context): pass",
    "only when run as a program": "if __name__ == '__main__':\n    def handler(event, context): pass",
    "a name for a number": "handler = 3",
    "nothing": "",
}
ODD = {
    "async def": (
        "async def handler(event, context): pass",
        "does not await an async def; call it in a plain function",
    ),
    "a method": ("class A:\n    def run(self, event, context): pass", "define handler = A().run in the file"),
    "a static method": ("class A:\n    @staticmethod\n    def run(event, context): pass", "a method is not a handler"),
}


def code(text: str) -> CodeBase:
    return CodeBase({"app.py": read_python("app.py", text.encode())})


@pytest.mark.parametrize("case", TAKEN)
def test_a_handler_is_found(case: str) -> None:
    text, names = TAKEN[case]
    assert [one.definition.name for one in find_handlers(code(text)).handlers] == names


@pytest.mark.parametrize("case", LEFT)
def test_what_is_no_handler_is_left(case: str) -> None:
    assert not find_handlers(code(LEFT[case])).handlers


@pytest.mark.parametrize("case", ODD)
def test_what_lambda_cannot_call_is_told_with_the_cure(case: str) -> None:
    text, words = ODD[case]
    found = find_handlers(code(text))
    assert not found.handlers
    (told,) = found.not_taken
    assert told.startswith("app.py:")
    assert words in told


def test_a_method_that_a_handler_uses_is_not_told_of() -> None:
    text = (
        "class A:\n    def run(self, event, context): pass\ndef handler(event, context): return A().run(event, context)"
    )
    assert find_handlers(code(text)).not_taken == ()
