"""How a function of any project is run: its folder, handler, packages and Python, as its template and Dockerfile say."""

from pathlib import Path

import pytest

from emulator.project.plans import MORE_CURE, OtherLanguageError, ProjectError, plan, without_source
from emulator.resources import Function
from emulator.resources.code_source import CodeSource


def function(source: CodeSource, *command: str, runtime: str = "") -> Function:
    return Function("F", "f", "" if runtime else "image", command, 3, 128, 512, runtime=runtime, source=source)


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_a_zip_function_runs_from_its_code_uri_beside_the_template(tmp_path: Path) -> None:
    write(tmp_path, src__app_dot_py="", src__requirements_dot_txt="requests\n")
    planned = plan(function(CodeSource(folder="src/"), "app.handler", runtime="python3.12"), tmp_path)
    assert (planned.folder, planned.handler, planned.python) == (tmp_path / "src", "app.handler", "3.12")
    assert planned.pip == (("-r", str(tmp_path / "src/requirements.txt")),)


def test_the_dependencies_of_a_pyproject_are_installed_where_there_are_no_requirements(tmp_path: Path) -> None:
    write(tmp_path, pyproject_dot_toml='[project]\nname = "a"\ndependencies = ["requests>=2", "six"]\n')
    planned = plan(function(CodeSource(folder="."), "app.handler", runtime="python3.12"), tmp_path)
    assert planned.pip == (("requests>=2", "six"),)


def test_a_folder_that_does_not_exist_is_named_with_its_function(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"^f: srv: .*/srv does not exist; paths are relative to the template"):
        plan(function(CodeSource(folder="srv"), "app.handler", runtime="python3.12"), tmp_path)


@pytest.mark.parametrize("source", [CodeSource(folder="a\0b"), CodeSource(context="a\0b")])
def test_what_cannot_be_a_path_is_named_with_its_function(tmp_path: Path, source: CodeSource) -> None:
    with pytest.raises(ProjectError, match="^f: .* cannot be a path .*null.*; correct it in the template"):
        plan(function(source, "app.handler", runtime="python3.12"), tmp_path)


def test_links_in_a_circle_are_named_with_their_function(tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to("circle")
    with pytest.raises(ProjectError, match="^f: .*circle"):
        plan(function(CodeSource(folder="circle"), "app.handler", runtime="python3.12"), tmp_path)


def test_code_that_is_not_on_this_machine_is_refused_with_the_cure(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="f: its code is not on this machine; name its folder as CodeUri"):
        plan(function(CodeSource(), "app.handler", runtime="python3.12"), tmp_path)


def test_other_languages_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        OtherLanguageError,
        match="f: its Runtime nodejs22.x is not Python; make it an image function and run it with --docker",
    ):
        plan(function(CodeSource(folder="."), "index.handler", runtime="nodejs22.x"), tmp_path)
    write(tmp_path, Dockerfile='FROM public.ecr.aws/lambda/nodejs:22\nCOPY app.js .\nCMD ["app.handler"]\n')
    with pytest.raises(OtherLanguageError, match="its image is made from public.ecr.aws/lambda/nodejs:22.*--docker"):
        plan(function(CodeSource(context=".")), tmp_path)


#: the Dockerfile that AWS's documentation shows for its base images
AWS_BASE = """
FROM public.ecr.aws/lambda/python:3.12
# Copy requirements.txt
COPY requirements.txt ${LAMBDA_TASK_ROOT}
RUN pip install -r requirements.txt
COPY lambda_function.py ${LAMBDA_TASK_ROOT}
CMD [ "lambda_function.handler" ]
"""
#: and for other base images
OTHER_BASE = """
ARG FUNCTION_DIR="/function"
FROM python:3.11 AS build-image
ARG FUNCTION_DIR
RUN mkdir -p ${FUNCTION_DIR}
COPY src/. ${FUNCTION_DIR}
RUN pip install \\
    --target ${FUNCTION_DIR} \\
        awslambdaric numpy
FROM python:3.11-slim
ARG FUNCTION_DIR
WORKDIR ${FUNCTION_DIR}
COPY --from=build-image ${FUNCTION_DIR} ${FUNCTION_DIR}
ENV MODEL=small PATH=/opt/bin:$PATH
ENTRYPOINT [ "/usr/local/bin/python", "-m", "awslambdaric" ]
CMD [ "lambda_function.handler" ]
"""


def test_an_image_function_runs_as_awss_own_dockerfile_says(tmp_path: Path) -> None:
    write(tmp_path, Dockerfile=AWS_BASE, lambda_function_dot_py="", requirements_dot_txt="requests\n")
    planned = plan(function(CodeSource(context=".")), tmp_path)
    assert (planned.folder, planned.handler, planned.python) == (tmp_path, "lambda_function.handler", "3.12")
    assert planned.pip == (("-r", str(tmp_path / "requirements.txt")),)
    assert planned.notes == ()


def test_a_command_of_the_template_goes_before_the_dockerfiles(tmp_path: Path) -> None:
    write(tmp_path, Dockerfile=AWS_BASE, other_dot_py="")
    assert plan(function(CodeSource(context="."), "other.handler"), tmp_path).handler == "other.handler"


def test_the_folder_that_a_dockerfile_copies_is_the_functions(tmp_path: Path) -> None:
    write(tmp_path, Dockerfile=OTHER_BASE, src__lambda_function_dot_py="")
    planned = plan(function(CodeSource(context=".")), tmp_path)
    assert (planned.folder, planned.python) == (tmp_path / "src", "3.11")
    assert planned.pip == (("awslambdaric", "numpy"),)
    assert planned.variables == {"MODEL": "small"}
    assert planned.notes == (f"its code is taken from {tmp_path / 'src'}, as Dockerfile copies it",)


def test_what_a_dockerfile_installs_in_another_way_is_told(tmp_path: Path) -> None:
    lines = "FROM python:3.12\nRUN apt-get update && apt-get install -y ffmpeg\nCMD app.handler\n"
    write(tmp_path, Dockerfile=lines, app_dot_py="")
    planned = plan(function(CodeSource(context=".")), tmp_path)
    assert planned.notes == ("not done here: RUN apt-get install -y ffmpeg", MORE_CURE)
    assert planned.handler == "app.handler"


def test_an_entry_point_and_a_missing_file_are_told(tmp_path: Path) -> None:
    write(tmp_path, Dockerfile='FROM python:3.12\nENTRYPOINT ["/serve"]\nCMD ["app.handler"]\n')
    planned = plan(function(CodeSource(context=".")), tmp_path)
    assert planned.notes == (
        f"the file of its handler app.handler is not in {tmp_path}",
        'its entry point ["/serve"] is not run: its handler runs on awslambdaric',
        MORE_CURE,
    )


def test_a_dockerfile_without_a_handler_is_refused(tmp_path: Path) -> None:
    write(tmp_path, Dockerfile="FROM python:3.12\n")
    with pytest.raises(ProjectError, match="f: .*Dockerfile has no CMD; add one, or ImageConfig.Command"):
        plan(function(CodeSource(context=".")), tmp_path)


def test_a_missing_dockerfile_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="f: its Dockerfile .*/Dockerfile.f cannot be read"):
        plan(function(CodeSource(context=".", dockerfile="Dockerfile.f"), "app.handler"), tmp_path)


def test_an_image_without_its_context_runs_from_the_templates_folder_and_says_so(tmp_path: Path) -> None:
    planned = without_source(function(CodeSource(), "app.handler"), tmp_path)
    assert (planned.folder, planned.handler) == (tmp_path, "app.handler")
    assert planned.notes == (f"its template names only an image: its code is taken from {tmp_path}",)
