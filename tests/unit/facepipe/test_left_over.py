"""What runs of before have left, and what of it `doctor` names."""

from pathlib import Path

from facepipe.left_over import left_over, remember_project


def test_what_is_kept_of_a_project_that_is_gone_is_named_with_the_command(tmp_path: Path) -> None:
    gone, here = tmp_path / "gone/template.yaml", tmp_path / "here/template.yaml"
    here.parent.mkdir()
    here.write_text("Resources: {}")
    var = tmp_path / "var"
    for template in (gone, here):
        remember_project(var / "projects" / template.parent.name, template)
    (var / "projects/gone/queues.sqlite").write_bytes(b"x" * (2 << 20))
    (finding,) = left_over(var)
    assert finding.path == str(var / "projects")
    assert finding.on_aws == f"nothing: here 2 MB are kept for templates that are gone: {gone}"
    assert finding.cure == f"delete them, with the projects' queues: rm -r {var / 'projects/gone'}"


def test_many_projects_that_are_gone_are_one_finding(tmp_path: Path) -> None:
    for number in range(5):
        remember_project(tmp_path / f"projects/{number} x", tmp_path / f"{number}.yaml")
    (finding,) = left_over(tmp_path)
    assert finding.on_aws.endswith(f"{tmp_path / '2.yaml'} and 2 more")
    assert finding.cure.count("' '") == 4, "a name with a space is quoted"


def test_a_journal_that_was_put_aside_is_named(tmp_path: Path) -> None:
    (tmp_path / "journal").mkdir()
    (tmp_path / "journal/journal.sqlite.damaged").write_bytes(b"")
    (finding,) = left_over(tmp_path)
    assert finding.cure == f"delete it: rm {tmp_path / 'journal/journal.sqlite.damaged'}"


def test_nothing_is_left_over_where_nothing_has_run(tmp_path: Path) -> None:
    assert not [*left_over(tmp_path / "var")]


def test_what_was_made_before_projects_were_written_down_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "projects/old").mkdir(parents=True)
    assert not [*left_over(tmp_path)]


def test_a_project_whose_template_could_not_be_written_down_is_no_reason_to_delete_its_queues(tmp_path: Path) -> None:
    """On a full disk the file is empty."""
    kept = tmp_path / "projects/shop"
    remember_project(kept, tmp_path / "template.yaml")
    (kept / "template").write_bytes(b"")
    assert not [*left_over(tmp_path)]


def test_a_known_project_is_not_written_down_again(tmp_path: Path) -> None:
    """So that it starts on a full disk, which would also empty the file."""
    kept, template = tmp_path / "projects/shop", tmp_path / "template.yaml"
    remember_project(kept, template)
    written = (kept / "template").stat()
    remember_project(kept, template)
    assert (kept / "template").stat().st_mtime_ns == written.st_mtime_ns
    remember_project(kept, tmp_path / "other.yaml")
    assert (kept / "template").read_text() == f"{tmp_path / 'other.yaml'}\n"
