"""Which pipeline the tests of a project get."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from facepipe.client.discovery import Given
from facepipe.paths import Paths
from facepipe.pipeline_choice import Deployed, Running, Suite, ToStart, choose_pipeline
from facepipe.started_pipeline import started
from facepipe.up_process import PipelineError


def choose(root: Path, template: str = "", **environ: str) -> Deployed | Running | ToStart:
    return choose_pipeline(Suite(root, template), environ, Paths())


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a template, and with another one in a folder below."""
    (tmp_path / "other").mkdir()
    for name in ("template.yaml", "other/template.json", "third.yaml"):
        (tmp_path / name).write_text("")
    return tmp_path


@pytest.mark.parametrize(
    ("option", "environ", "template"),
    [
        ("", {}, "template.yaml"),
        ("other", {}, "other/template.json"),
        ("third.yaml", {}, "third.yaml"),
        ("other", {"FACEPIPE_TEMPLATE": "third.yaml"}, "third.yaml"),
        ("faces", {}, None),
        ("other", {"FACEPIPE_TEMPLATE": "faces"}, None),
    ],
)
def test_a_project_names_its_template(
    project: Path, option: str, environ: Mapping[str, str], template: str | None
) -> None:
    assert choose(project, option, **environ) == ToStart(project / template if template else None)


def test_without_a_template_it_is_facepipes_own(tmp_path: Path) -> None:
    assert choose(tmp_path) == ToStart(None)
    assert choose(Paths().root) == ToStart(None)


def test_a_pipeline_that_is_named_is_taken(project: Path) -> None:
    assert choose(project, FACEPIPE_STACK="prod", FACEPIPE_URL="http://h/") == Deployed("prod")
    assert choose(project, FACEPIPE_URL="http://h/") == Running(Given("http://h/"))
    given = {"FACEPIPE_URL": "http://h/", "FACEPIPE_SQS": "", "FACEPIPE_RESPONSE_QUEUE": "q", "FACEPIPE_API": ""}
    assert choose(project, **given) == Running(Given("http://h/", "", "q", ""))


@pytest.mark.parametrize(
    ("option", "environ", "words"),
    [
        ("nowhere", {}, r"facepipe_template: .*/nowhere does not exist"),
        ("", {"FACEPIPE_TEMPLATE": "x.yaml"}, r"FACEPIPE_TEMPLATE: .*/x.yaml does not exist"),
        (
            "faces",
            {"FACEPIPE_GALLERY": "/no/peopel.npz"},
            r"FACEPIPE_GALLERY: there is no file /no/peopel.npz; correct",
        ),
        (
            "",
            {"FACEPIPE_GALLERY": "/x.npz"},
            r"FACEPIPE_GALLERY is for facepipe's own face recognition, and .*template",
        ),
        ("", {"FACEPIPE_GALLERY": "/x.npz", "FACEPIPE_URL": "http://h/"}, "FACEPIPE_URL names one that runs: unset"),
        ("", {"FACEPIPE_GALLERY": "/x.npz", "FACEPIPE_STACK": "prod"}, "FACEPIPE_STACK names one that runs: unset"),
    ],
)
def test_what_is_named_and_not_there_is_an_error_with_the_cure(
    project: Path, option: str, environ: Mapping[str, str], words: str
) -> None:
    with pytest.raises(PipelineError, match=words):
        choose(project, option, **environ)
    assert not Path("/no").exists()


def test_a_gallery_that_is_there_is_where_the_run_begins(tmp_path: Path) -> None:
    (tmp_path / "people.npz").write_bytes(b"")
    assert choose(tmp_path, FACEPIPE_GALLERY=str(tmp_path / "people.npz")) == ToStart(None, tmp_path / "people.npz")


def test_without_models_nothing_is_started(tmp_path: Path) -> None:
    paths = Paths(tmp_path, tmp_path / "var")
    missing = pytest.raises(PipelineError, match=r"no models in .*/var/models: run `facepipe models` once")
    with missing, started(ToStart(None), tmp_path, paths=paths):
        pytest.fail("it was started")
    assert not list(tmp_path.iterdir())


def test_a_template_with_problems_is_an_error_with_all_of_them(tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    template.write_text("Resources:\n  A: {Type: AWS::SQS::Queue, Properties: {Colour: red}}\n")
    with pytest.raises(PipelineError, match="Colour"), started(ToStart(template), tmp_path, paths=Paths()):
        pytest.fail("it was started")
