"""How images are built, and what is told when they cannot be."""

from pathlib import Path
from typing import Any

import pytest

from emulator.containers.build_plans import build_plan, image_name
from emulator.containers.container_image import ContainersError
from emulator.containers.docker_builds import build_command, failure
from emulator.containers.dockerfiles import with_base_images, zip_dockerfile
from emulator.loading import place
from emulator.resources import Function
from emulator.resources.code_source import CodeSource
from emulator.settings import Settings
from emulator.template import load_text

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Shop:
    Type: AWS::Serverless::Function
    Metadata:
      DockerContext: ./shop
      Dockerfile: docker/Shop.Dockerfile
      DockerTag: v2
      DockerBuildTarget: final
      DockerBuildArgs: {BASE: "3.8", LEVEL: 7}
    Properties:
      FunctionName: Shop
      PackageType: Image
      ImageConfig: {EntryPoint: [/entry, -x], Command: [a.handler], WorkingDirectory: /opt/x}
"""
AWS = "public.ecr.aws/lambda/python"


def zip_function(**source: Any) -> Function:
    return Function("F", "f", "", ("app.handler",), 3, 128, 512, runtime="python3.12", source=CodeSource(**source))


def plan_of(function: Function, project: Path, base_images: dict[str, str] | None = None):
    plan = build_plan(function, project, base_images or {})
    assert plan is not None
    return plan


@pytest.fixture
def shop() -> Function:
    return load_text(TEMPLATE, place=place(Settings()), parameters={}).functions[0]


def test_metadata_says_what_is_built(shop: Function, tmp_path: Path) -> None:
    file = tmp_path / "shop/docker/Shop.Dockerfile"
    file.parent.mkdir(parents=True)
    file.write_text(f"ARG BASE\nFROM {AWS}:$BASE AS final\n")
    plan = plan_of(shop, tmp_path, {f"{AWS}:3.8": "mine"})
    assert plan.context == tmp_path / "shop"
    assert plan.dockerfile == "ARG BASE\nFROM mine AS final\n"
    assert (plan.target, plan.arguments) == ("final", {"BASE": "3.8", "LEVEL": "7"})
    assert plan.tag == f"facepipe-{image_name(tmp_path.name)}/shop:v2"
    assert shop.source.entry_point == ("/entry", "-x")
    command = build_command(plan, plan.context, file=Path("/made/Dockerfile"), result=Path("/made/image"))
    expected = ["--build-arg", "BASE=3.8", "--build-arg", "LEVEL=7", "--target", "final", str(tmp_path / "shop")]
    assert command[-7:] == expected


def test_an_ignore_file_of_the_dockerfile_itself_is_kept(shop: Function, tmp_path: Path) -> None:
    folder = tmp_path / "shop/docker"
    folder.mkdir(parents=True)
    (folder / "Shop.Dockerfile").write_text("FROM x\n")
    assert plan_of(shop, tmp_path).ignored is None
    (folder / "Shop.Dockerfile.dockerignore").write_text("secret\n")
    assert plan_of(shop, tmp_path).ignored == "secret\n"


def test_a_missing_context_and_a_missing_dockerfile_are_told_with_the_cure(shop: Function, tmp_path: Path) -> None:
    with pytest.raises(ContainersError, match=r"Shop: its DockerContext .*/shop does not exist; paths are relative to"):
        build_plan(shop, tmp_path, {})
    (tmp_path / "shop").mkdir()
    with pytest.raises(ContainersError, match=r"Shop: its Dockerfile .* cannot be read .*correct Dockerfile or Docker"):
        build_plan(shop, tmp_path, {})


def test_a_zip_function_is_put_into_awss_base_image(tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    plan = plan_of(zip_function(folder="code"), tmp_path)
    assert plan.dockerfile == f'FROM {AWS}:3.12\nCOPY . ${{LAMBDA_TASK_ROOT}}/\nCMD ["app.handler"]\n'
    assert ".git" in (plan.ignored or "").split("\n")
    assert plan_of(zip_function(inline="x = 1"), tmp_path).inline == "x = 1"


def test_packages_are_installed_before_the_code_is_copied_unless_they_are_files_of_it() -> None:
    copy, install = "COPY . ${LAMBDA_TASK_ROOT}/", "RUN python3 -m pip install -r /tmp/requirements.txt"
    lines = zip_dockerfile("python3.9", "a.b", requirements="requests==2\n").splitlines()
    assert lines.index(install) < lines.index(copy)
    lines = zip_dockerfile("python3.9", "a.b", requirements="./loud-1.0-py3-none-any.whl\n").splitlines()
    assert lines[1:3] == [copy, "RUN cd ${LAMBDA_TASK_ROOT} && python3 -m pip install -r requirements.txt"]
    text = zip_dockerfile("python3.9", "a.b", requirements=None, packages=["requests>=2; python_version > '3'"])
    assert "\"requests>=2; python_version > '3'\"]" in text


def test_a_zip_function_in_another_language_is_refused_with_the_cure(tmp_path: Path) -> None:
    function = Function("F", "f", "", ("index.handler",), 3, 128, 512, runtime="nodejs22.x", source=CodeSource("."))
    with pytest.raises(ContainersError, match=r"f: its Runtime nodejs22.x is not Python.*give it a Dockerfile"):
        build_plan(function, tmp_path, {})


def test_a_function_with_an_image_alone_is_not_built(tmp_path: Path) -> None:
    assert build_plan(Function("F", "f", "there:1", (), 3, 128, 512), tmp_path, {}) is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"FROM {AWS}:3.8", "FROM mine"),
        (f"from --platform=linux/amd64 {AWS}:3.11 as build", "from --platform=linux/amd64 mine as build"),
        ("FROM ${BASE}:3.9", "FROM mine"),
        ("FROM ${OTHER:-public.ecr.aws/lambda/python}:3.9", "FROM mine"),
        ("FROM debian", "FROM debian"),
        ("COPY --from=docker.io/tool:1 /a /b", "COPY --from=tool /a /b"),
        ("COPY --chmod=755 --from=docker.io/tool:1 /a /b", "COPY --chmod=755 --from=tool /a /b"),
        ("RUN echo FROM public.ecr.aws/lambda/python:3.8", "RUN echo FROM public.ecr.aws/lambda/python:3.8"),
    ],
)
def test_base_images_are_replaced_wherever_they_are_named(line: str, expected: str) -> None:
    text = f"ARG BASE={AWS}\n{line}\nCMD x\n"
    replaced = with_base_images(text, {f"{AWS}:*": "mine", "docker.io/tool:1": "tool"}, {})
    assert replaced == f"ARG BASE={AWS}\n{expected}\nCMD x\n"


#: what Docker 20.10 prints
NO_BASE = f"""
#3 [internal] load metadata for {AWS}:3.8
#3 ERROR: failed to do request: Head "https://public.ecr.aws/v2/": dial tcp: lookup public.ecr.aws: no such host
------
 > [internal] load metadata for {AWS}:3.8:
------
ERROR: failed to solve: failed to do request
"""
FAILED = """
#4 [1/2] FROM docker.io/library/debian:trixie-slim
#4 CACHED

#5 [2/2] RUN echo hello && false
#5 0.198 hello
#5 ERROR: executor failed running [/bin/sh -c echo hello && false]: exit code: 1
------
 > [2/2] RUN echo hello && false:
0.198 hello
------
ERROR: failed to solve: executor failed running [/bin/sh -c echo hello && false]: exit code: 1
"""


def test_a_base_image_that_cannot_be_pulled_is_named_with_the_option() -> None:
    told = failure("shop", NO_BASE.splitlines())
    assert told.startswith(
        f"shop: the base image {AWS}:3.8 of its Dockerfile is not on this machine and cannot be pulled"
    )
    assert f"--base-image {AWS}:3.8=IMAGE" in told
    assert "no such host" in told
    assert "\n" not in told


def test_so_is_an_image_that_only_files_are_copied_from() -> None:
    told = failure("f", ["#5 FROM docker.io/tool:1", "#5 resolve docker.io/tool:1 done", "#5 ERROR: no such host"])
    assert "--base-image docker.io/tool:1=IMAGE" in told


def test_a_failed_build_is_told_with_its_last_lines() -> None:
    told = failure("shop", FAILED.splitlines()).splitlines()
    assert told[0] == "shop: its image could not be built; Docker's last lines:"
    assert "#5 0.198 hello" in told
    assert told[-1].startswith("ERROR: failed to solve: executor failed running")


@pytest.mark.parametrize(("text", "name"), [("My Shop", "my-shop"), ("1_a.b-", "1_a.b"), ("ÄÖ", "project")])
def test_folders_and_functions_become_parts_of_images_names(text: str, name: str) -> None:
    assert image_name(text) == name
