"""What a user chooses for functions: in facepipe.toml beside the template, or with --function."""

import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from emulator.loading import EmulatorError, load
from emulator.project.chosen_plans import chosen_plan
from emulator.project.function_options import FunctionOptions, read_functions, write_functions
from emulator.project.plans import ProjectError
from emulator.project.preparing import Preparation
from emulator.project.project_file import PROJECT_FILE, ProjectFileError, read_project_file
from emulator.project.project_options import ProjectOptions, read_endpoints
from emulator.project.pythons import named, own
from emulator.project.virtual_environments import VirtualEnvironments, content_hash
from emulator.resources import Function
from emulator.resources.code_source import CodeSource
from emulator.setting import SettingsError, TextError, as_arguments, read_settings
from emulator.settings import Settings

OWN = f"3.{sys.version_info.minor}"
WHOLE = """
[functions.detect]
code = "src/detect"
python = "3.12"
requirements = "local.txt"
command = "other.handler"
variables = {STAGE = "local"}

[functions.Node]
command = ["node", "runtime.js"]

[endpoints]
s3 = "http://127.0.0.1:9090/"
cloudwatch = "http://127.0.0.1:9091"

[resolve]
"ssm:/app/key" = "v"
"secretsmanager:db" = {user = "a", password = "b"}
"""


def function(source: CodeSource, *command: str, runtime: str = "") -> Function:
    return Function("F", "f", "" if runtime else "image", command, 3, 128, 512, runtime=runtime, source=source)


def options_of(folder: Path, text: str) -> ProjectOptions:
    (folder / PROJECT_FILE).write_text(text)
    return read_project_file(folder)


def test_the_file_beside_the_template_has_every_choice(tmp_path: Path) -> None:
    options = options_of(tmp_path, WHOLE)
    assert options.functions["detect"] == FunctionOptions(
        str(tmp_path / "src/detect"), "3.12", str(tmp_path / "local.txt"), ("other.handler",), {"STAGE": "local"}
    )
    assert options.functions["Node"].words == ("node", "runtime.js")
    assert options.endpoints == {"s3": "http://127.0.0.1:9090", "monitoring": "http://127.0.0.1:9091"}
    assert options.resolve == {"ssm:/app/key": "v", "secretsmanager:db": '{"user": "a", "password": "b"}'}


def test_without_the_file_nothing_is_chosen(tmp_path: Path) -> None:
    assert read_project_file(tmp_path) == ProjectOptions()


WRONG = {
    "[function.f]": "function: is not a key of this file; did you mean functions?",
    "[functions.f]\nzzz = 'a'": "functions.f.zzz: is not a key of this file; the keys are code, python",
    "[functions.f]\npyton = '3.12'": "functions.f.pyton: is not a key of this file; did you mean python?",
    "[functions.f]\npython = 3.12": "functions.f.python: must be a text; put it between quotation marks",
    "[functions.f]\ncode = ''": "functions.f.code: is empty; give it a value, or leave it out",
    '[functions.f]\ncommand = "a \'b"': 'functions.f.command: "a \'b": No closing quotation; correct the quotation',
    "[functions.f.variables]\nA = 1": "functions.f.variables.A: must be a text",
    "functions = 3": "functions: must be a table; write [functions] above its keys",
    "[functions]\nf = 3": "functions.f: must be a table; write [functions.f] above its keys",
    "[endpoints]\ns3 = 'here'": "endpoints.s3: 'here': give the URL of a server",
    "[endpoints]\nsqs = 'http://a'": "endpoints.sqs: 'sqs': this service is the emulator's own; --sqs-endpoint",
    "[resolve]\n'ssm:a' = 3": 'resolve."ssm:a": must be a text',
    "[functions": "cannot be read (",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_mistake_is_an_error_with_the_file_the_key_and_the_cure(tmp_path: Path, text: str) -> None:
    with pytest.raises(ProjectFileError, match=re.escape(WRONG[text])) as error:
        options_of(tmp_path, text)
    assert str(error.value).startswith(f"{tmp_path / PROJECT_FILE}: ")
    assert "\n" not in str(error.value)


def test_a_file_that_is_no_text_is_an_error(tmp_path: Path) -> None:
    (tmp_path / PROJECT_FILE).write_bytes(b"\xff\xfe")
    with pytest.raises(ProjectFileError, match="cannot be read"):
        read_project_file(tmp_path)


def test_the_flag_chooses_the_same_and_goes_before_the_file(tmp_path: Path) -> None:
    given = {"--function": ["detect:python=3.11,code=here", "detect:command=node a.js --x=1,2"], "--resolve": ["a=b=c"]}
    settings = read_settings(Settings(), given, {})
    assert settings.project.functions == {"detect": FunctionOptions("here", "3.11", "", ("node", "a.js", "--x=1,2"))}
    both = settings.project.beside(Path("/called/from")).over(options_of(tmp_path, WHOLE))
    detect = both.of("detect", "")
    assert (detect.code, detect.python, detect.requirements) == (
        "/called/from/here",
        "3.11",
        str(tmp_path / "local.txt"),
    )
    assert (detect.variables, both.resolve["a"]) == ({"STAGE": "local"}, "b=c")
    arguments = as_arguments(settings.project)
    assert read_functions([arguments[1]]) == settings.project.functions
    assert write_functions({}) == []


@pytest.mark.parametrize("text", ["f", "f:", ":python=3", "f:pyton=3", "f:python=", "f:variables=x"])
def test_a_mistake_in_the_flag_is_named(text: str) -> None:
    with pytest.raises(SettingsError, match=r"--function is .*write it as NAME:python=…"):
        read_settings(Settings(), {"--function": [text]}, {})


def test_an_endpoint_is_a_url_of_another_service() -> None:
    assert read_endpoints(["sfn=https://x:1/"]) == {"states": "https://x:1"}
    for wrong in ("s3=x", "lambda=http://a", "s3=ftp://a"):
        with pytest.raises(TextError):
            read_endpoints([wrong])


def test_a_function_that_the_template_has_not_is_an_error_with_the_nearest_name(tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    properties = "{FunctionName: detect, PackageType: Image, Code: {ImageUri: i}}"
    template.write_text(f"Resources: {{Detect: {{Type: AWS::Lambda::Function, Properties: {properties}}}}}")
    chosen = ProjectOptions({"detekt": FunctionOptions(python="3.12")})
    with pytest.raises(EmulatorError, match="the template has no function detekt; did you mean detect?"):
        load(Settings(template, project=chosen))
    by_logical_id = ProjectOptions({"Detect": FunctionOptions(variables={"AA": "1"})})
    (loaded,) = load(Settings(template, project=by_logical_id)).functions
    assert dict(loaded.environment) == {"AA": "1"}
    reserved = ProjectOptions({"Detect": FunctionOptions(variables={"AWS_REGION": "x"})})
    with pytest.raises(EmulatorError, match="functions.detect.variables: Lambda does not allow the name AWS_REGION"):
        load(Settings(template, project=reserved))


def test_chosen_code_and_requirements_take_the_place_of_the_templates(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own.txt").write_text("six\n")
    options = FunctionOptions(code=str(tmp_path / "own"), requirements=str(tmp_path / "own.txt"), command=("a.h",))
    for source, runtime in (
        (CodeSource(), ""),
        (CodeSource(folder="missing"), "python3.12"),
        (CodeSource(), "python3.12"),
    ):
        planned = chosen_plan(function(source, "app.handler", runtime=runtime), tmp_path, options)
        assert (planned.folder, planned.handler) == (tmp_path / "own", "a.h")
        assert planned.pip == (("-r", str(tmp_path / "own.txt")),)


def test_a_command_of_ones_own_runs_any_language(tmp_path: Path) -> None:
    planned = chosen_plan(
        function(CodeSource(folder="."), "index.handler", runtime="nodejs22.x"),
        tmp_path,
        FunctionOptions(command=("node", "runtime.js")),
    )
    assert (planned.words, planned.handler, planned.folder) == (("node", "runtime.js"), "index.handler", tmp_path)


@pytest.mark.parametrize("options", [FunctionOptions(code="/nowhere"), FunctionOptions(requirements="/nowhere.txt")])
def test_a_path_that_does_not_exist_is_named_with_its_function(tmp_path: Path, options: FunctionOptions) -> None:
    with pytest.raises(ProjectError, match="^f: its .*/nowhere"):
        chosen_plan(function(CodeSource(folder="."), "app.h", runtime="python3.12"), tmp_path, options)


def test_a_python_is_chosen_by_version_name_or_path(tmp_path: Path) -> None:
    assert named("f", OWN).version == OWN
    assert named("f", sys.executable).version == OWN
    for wrong in ("3.99", "a-python-that-is-not-there", str(tmp_path / "python")):
        with pytest.raises(ProjectError, match=f"^f: .*{wrong}"):
            named("f", wrong)


def test_the_packages_of_a_chosen_interpreter_are_there_and_lambdas_runtime_too(tmp_path: Path) -> None:
    """The virtual environment that somebody works in: it has its own packages, and no awslambdaric."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "theirs")], check=True)
    packages = next((tmp_path / "theirs").glob("lib/python*/site-packages"))
    (packages / "loud.py").write_text("WORD = 'hello'\n")
    chosen = type(own())(str(tmp_path / "theirs/bin/python"), OWN, str(packages))
    python = VirtualEnvironments(tmp_path / "made", lambda _: None).python("f", tmp_path, (), chosen)
    assert content_hash((), chosen) != content_hash((), replace(chosen, packages=""))
    code = "import loud, awslambdaric, boto3; print(loud.WORD)"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout == "hello\n"


def test_functions_of_other_languages_are_refused_and_the_others_run(tmp_path: Path) -> None:
    python = function(CodeSource(folder="."), "app.handler", runtime=f"python{OWN}")
    node = Function("N", "n", "", ("i.h",), 3, 128, 512, runtime="nodejs22.x", source=CodeSource(folder="."))
    preparation = Preparation(tmp_path, tmp_path / "made", lambda _: None)
    preparation.prepare_all([python, node])
    assert preparation.launch(python)
    with pytest.raises(ProjectError, match="n: its Runtime nodejs22.x is not Python"):
        preparation.launch(node)
    with pytest.raises(ProjectError, match="n: its Runtime nodejs22.x is not Python"):
        Preparation(tmp_path, tmp_path / "made", lambda _: None).prepare_all([node])


def test_modules_of_layers_are_on_the_path_after_the_functions_own(tmp_path: Path) -> None:
    (tmp_path / "layer/python/lib/python3.12/site-packages").mkdir(parents=True)
    (tmp_path / "built").mkdir()
    source = CodeSource(folder=".", layers=("layer", "built"))
    preparation = Preparation(tmp_path, tmp_path / "made", lambda _: None)
    launch = preparation.launch(function(source, "app.handler", runtime=f"python{OWN}"))
    assert launch
    places = [f"{tmp_path}/layer/python/lib/python3.12/site-packages", f"{tmp_path}/layer/python", f"{tmp_path}/built"]
    assert launch.location_variables["PYTHONPATH"] == ":".join(places)


def test_a_layer_that_is_not_there_is_named_and_one_that_sam_would_build_names_packages(tmp_path: Path) -> None:
    (tmp_path / "built").mkdir()
    (tmp_path / "built/requirements.txt").write_text("six\n")
    source = CodeSource(folder=".", layers=("built",))
    planned = chosen_plan(function(source, "app.h", runtime="python3.12"), tmp_path, FunctionOptions())
    assert planned.pip == (("-r", str(tmp_path / "built/requirements.txt")),)
    missing = replace(source, layers=("nowhere",))
    with pytest.raises(ProjectError, match="^f: its layer .*/nowhere is not a folder; correct its path"):
        chosen_plan(function(missing, "app.h", runtime="python3.12"), tmp_path, FunctionOptions())


def test_archives_of_code_and_layers_are_unpacked_once(tmp_path: Path) -> None:
    for name, file in (("code.zip", "app.py"), ("layer.zip", "python/frames.py")):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr(file, "")
    source = CodeSource(folder="code.zip", layers=("layer.zip",))
    preparation = Preparation(tmp_path, tmp_path / "made", lambda _: None)
    launch = preparation.launch(function(source, "app.handler", runtime=f"python{OWN}"))
    assert launch
    assert (launch.folder / "app.py").is_file()
    assert (Path(launch.layers[0]) / "frames.py").is_file()
    with zipfile.ZipFile(tmp_path / "outside.zip", "w") as archive:
        archive.writestr("../outside.py", "")
    (tmp_path / "broken.zip").write_text("no archive")
    for name in ("outside.zip", "broken.zip"):
        other = function(replace(source, folder=name), "app.handler", runtime=f"python{OWN}")
        with pytest.raises(ProjectError, match=f"^f: .*{name} cannot be unpacked"):
            preparation.launch(other)
    assert not list(tmp_path.rglob("outside.py"))


def test_one_program_at_a_time_makes_an_environment(tmp_path: Path) -> None:
    """A second one waits for the first, says so, and finds the environment complete."""
    import fcntl
    import threading

    waiting, said = threading.Event(), list[str]()

    def say(line: str) -> None:
        said.append(line)
        if "another facepipe" in line:
            waiting.set()

    first = VirtualEnvironments(tmp_path, lambda _: None)
    place = first.python("f", tmp_path, (), own()).parent.parent
    (place / "complete").unlink()
    with (tmp_path / f"{place.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = threading.Thread(target=lambda: VirtualEnvironments(tmp_path, say).python("g", tmp_path, (), own()))
        second.start()
        assert waiting.wait(30)
        (place / "complete").touch()
    second.join(30)
    assert said == ["g: another facepipe is making its virtual environment; waiting for it"]
