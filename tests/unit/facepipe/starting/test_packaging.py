"""In which package a handler is, and under which name."""

import pytest

from tests.unit.facepipe.starting.projects import FIRST, SECOND, plan_of

BASE = "FROM public.ecr.aws/lambda/python:3.12\n"
#: files → the folder, the handler and the Dockerfile of each function
CASES = {
    "a file": ({"app.py": FIRST}, [(".", "app.handler", "")]),
    "a folder each": (
        {"one/app.py": FIRST, "two/app.py": SECOND},
        [("one", "app.handler", ""), ("two", "app.handler", "")],
    ),
    "folders that are no packages": ({"face-detection/app.py": FIRST}, [("face-detection", "app.handler", "")]),
    "a module of the project's folder": (
        {"one/app.py": "import shared\n" + FIRST, "shared.py": ""},
        [(".", "one.app.handler", "")],
    ),
    "a package of the project's folder": (
        {"one/app.py": "from common.texts import x\n" + FIRST, "common/texts.py": "x = 1"},
        [(".", "one.app.handler", "")],
    ),
    "a module beside it": ({"one/app.py": "import near\n" + FIRST, "one/near.py": ""}, [("one", "app.handler", "")]),
    "an import with dots": (
        {"one/app.py": "from . import near\n" + FIRST, "one/near.py": "", "one/__init__.py": ""},
        [(".", "one.app.handler", "")],
    ),
    "requirements above": ({"one/app.py": FIRST, "requirements.txt": ""}, [(".", "one.app.handler", "")]),
    "a package's own file": ({"one/__init__.py": FIRST}, [("one", "__init__.handler", "")]),
    "an image for two": (
        {"Dockerfile": f"{BASE}COPY one/a.py two/b.py ./\nCMD a.handler", "one/a.py": FIRST, "two/b.py": SECOND},
        [(".", "a.handler", "Dockerfile"), (".", "b.handler", "Dockerfile")],
    ),
    "everything is copied": (
        {"Dockerfile": BASE + "COPY . ${LAMBDA_TASK_ROOT}", "one/a.py": FIRST},
        [(".", "one.a.handler", "Dockerfile")],
    ),
    "a folder is copied": (
        {"Dockerfile": BASE + "COPY src/ ${LAMBDA_TASK_ROOT}/", "src/a.py": FIRST},
        [(".", "a.handler", "Dockerfile")],
    ),
    "a folder is copied as a folder": (
        {"Dockerfile": BASE + "COPY src ${LAMBDA_TASK_ROOT}/src", "src/a.py": FIRST},
        [(".", "src.a.handler", "Dockerfile")],
    ),
    "a file gets another name": (
        {"Dockerfile": BASE + "COPY a-1.py /var/task/main.py", "a-1.py": FIRST},
        [(".", "main.handler", "Dockerfile")],
    ),
    "a course's Dockerfile": (
        {
            "Dockerfile": 'ARG FUNCTION_DIR="/home/app/"\nFROM python:3.12-slim\nARG FUNCTION_DIR\n'
            "COPY requirements.txt face-det.py face-rec.py ${FUNCTION_DIR}\n"
            'ENTRYPOINT [ "/usr/local/bin/python", "-m", "awslambdaric" ]\nCMD [ "face-det.handler" ]',
            "face-det.py": FIRST,
            "face-rec.py": SECOND,
            "requirements.txt": "",
        },
        [(".", "face-det.handler", "Dockerfile"), (".", "face-rec.handler", "Dockerfile")],
    ),
    "all Python files": ({"Dockerfile": BASE + "COPY *.py ./", "a.py": FIRST}, [(".", "a.handler", "Dockerfile")]),
    "an image each": (
        {
            "Dockerfile.one": BASE + 'COPY . .\nCMD ["a.handler"]',
            "Dockerfile.two": BASE + 'COPY . .\nCMD ["b.handler"]',
            "a.py": FIRST,
            "b.py": SECOND,
        },
        [(".", "a.handler", "Dockerfile.one"), (".", "b.handler", "Dockerfile.two")],
    ),
    "an image in each folder": (
        {"x/Dockerfile": BASE + "COPY app.py ./", "x/app.py": FIRST, "y/Dockerfile": BASE + "COPY app.py ./", "y/app.py": SECOND},
        [("x", "app.handler", "Dockerfile"), ("y", "app.handler", "Dockerfile")],
    ),
    "a Dockerfile in a folder of its own": (
        {"docker/Dockerfile": BASE + "COPY src/a.py ./", "src/a.py": FIRST},
        [(".", "a.handler", "docker/Dockerfile")],
    ),
    "a handler that is in no image": (
        {"x/Dockerfile": BASE + "COPY app.py ./", "x/app.py": FIRST, "y/app.py": SECOND},
        [("x", "app.handler", "Dockerfile"), ("y", "app.handler", "")],
    ),
    "no Dockerfile of ours": ({"Dockerfile": "\x00nonsense\nCOPY\nCMD [", "a.py": FIRST}, [(".", "a.handler", "")]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_handler_is_packaged_as_its_project_is_laid_out(case: str) -> None:
    files, packages = CASES[case]
    planned = [one.package for one in plan_of(files).functions]
    assert [(one.folder, one.handler, one.dockerfile) for one in planned] == packages


def test_requirements_that_are_not_installed_are_told_of() -> None:
    files = {"face-detection/app.py": FIRST, "requirements.txt": ""}
    (function,) = plan_of(files).functions
    assert "requirements.txt is not in the function's folder" in function.package.note
