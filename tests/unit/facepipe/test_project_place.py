"""Which project `facepipe up` runs."""

from pathlib import Path

import pytest

from emulator.settings import RIE, Settings
from facepipe.paths import Paths
from facepipe.project import choose
from facepipe.project_place import NoTemplateError, find_template
from facepipe.samconfig import SamconfigError, parameters_in


@pytest.mark.parametrize("name", ["template.yaml", "template.yml", "template.json"])
def test_a_folders_template_is_found(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("")
    assert find_template(tmp_path) == tmp_path / name
    assert find_template(tmp_path / name) == tmp_path / name


def test_samconfig_names_the_template(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text("")
    (tmp_path / "other.yaml").write_text("")
    (tmp_path / "samconfig.toml").write_text('[default.build.parameters]\ntemplate_file = "other.yaml"\n')
    assert find_template(tmp_path) == tmp_path / "other.yaml"


@pytest.mark.parametrize(
    "overrides",
    [
        '"Stage=prod Name=\\"a b\\" Other=x"',
        '["Stage=prod", "Name=a b"]',
        '{Stage = "prod", Name = "a b"}',
        '"ParameterKey=Stage,ParameterValue=prod ParameterKey=Name,ParameterValue=\\"a b\\""',
    ],
)
def test_samconfig_gives_values_to_parameters_in_each_of_sams_forms(tmp_path: Path, overrides: str) -> None:
    (tmp_path / "samconfig.toml").write_text(f"[default.deploy.parameters]\nparameter_overrides = {overrides}\n")
    found = parameters_in(tmp_path)
    assert (found["Stage"], found["Name"]) == ("prod", "a b")


def test_a_samconfig_that_cannot_be_read_is_named_with_the_cure(tmp_path: Path) -> None:
    for text in ("[default", '[default.deploy.parameters]\nparameter_overrides = "A=\'"\n'):
        (tmp_path / "samconfig.toml").write_text(text)
        with pytest.raises(SamconfigError, match=r"samconfig.toml cannot be read .*; correct "):
            parameters_in(tmp_path)


def test_a_folder_without_a_template_is_an_error_with_the_cure(tmp_path: Path) -> None:
    with pytest.raises(NoTemplateError, match=r"has no template.yaml, template.yml or template.json; name the folder"):
        find_template(tmp_path)
    with pytest.raises(NoTemplateError, match="does not exist"):
        find_template(tmp_path / "nowhere")


def test_in_another_folder_the_template_of_that_folder_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NoTemplateError):
        choose(Settings(), None, {}, Paths())
    (tmp_path / "template.yaml").write_text("")
    chosen = choose(Settings(), None, {}, Paths())
    assert chosen.settings.template == tmp_path / "template.yaml"
    assert chosen.whole


def test_in_the_checkout_its_own_template_is_run_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    paths, base = Paths(), Settings(template=Paths().template)
    for folder in (paths.root, paths.root / "docs"):
        monkeypatch.chdir(folder)
        chosen = choose(base, None, {}, paths)
        assert (chosen.settings, chosen.whole, chosen.settings.engine) == (base, False, RIE)


def test_a_scripts_paths_are_relative_to_the_folder_from_which_it_was_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Paths().root)
    monkeypatch.setenv("FACEPIPE_CALLED_FROM", str(tmp_path))
    (tmp_path / "template.yaml").write_text("")
    assert choose(Settings(), Path(), {}, Paths()).settings.template == tmp_path / "template.yaml"
    given = choose(Settings(), None, {"--template": ["template.yaml"]}, Paths()).given
    assert given["--template"] == [str(tmp_path / "template.yaml")]


def test_two_projects_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NoTemplateError, match="name two projects"):
        choose(Settings(), tmp_path, {"--template": ["a.yaml"]}, Paths())


def test_facepipes_own_project_runs_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "template.yaml").write_text("")
    chosen = choose(Settings(), None, {}, Paths(), faces=True)
    assert (chosen.given["--template"], chosen.whole) == ([str(Paths().template)], False)
    with pytest.raises(NoTemplateError, match="shop and --faces name two projects; name one"):
        choose(Settings(), Path("shop"), {}, Paths(), faces=True)
    with pytest.raises(NoTemplateError, match="--template t.yaml and --faces name two projects; name one"):
        choose(Settings(), None, {"--template": ["t.yaml"]}, Paths(), faces=True)
