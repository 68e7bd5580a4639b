"""`scripts/release`: see its help."""

import datetime as dt
import sys
from pathlib import Path
from typing import Annotated, TextIO

import typer

from facepipe.ship.problems import ShipError
from release.image_builds import verify_docker
from release.readiness import prepare, verify_ready
from release.release_error import ReleaseError
from release.release_folder import ReleaseOrder, make_release
from release.repository import current_commit
from release.version_number import tag_of

ROOT = Path(__file__).resolve().parents[1]

PREPARED = """\
pyproject.toml and CHANGELOG.md are of version {version}. Read the new section of the changelog, and then:
  git commit -am "facepipe {version}"
  scripts/release"""

MADE = """\
{folder} has the release. Publishing it is yours:
  git tag --annotate {tag} {commit} --file {folder}/notes.md && git push origin {tag}
  twine upload {folder}/dist/*       (pip install twine)"""

PUSH = """\
  scripts/push                       (the function images, to ECR: docs/deploy.md)"""

Version = Annotated[
    str, typer.Option("--prepare", metavar="VERSION", help="Write VERSION into pyproject.toml and CHANGELOG.md only.")
]
Check = Annotated[bool, typer.Option("--check", help="Verify that a release can be made, and do nothing else.")]
Images = Annotated[bool, typer.Option(help="Build the images too, which needs Docker.")]
Model = Annotated[str, typer.Option(envvar="FACEPIPE_MODEL", help="The images' model: vggface2 or casia-webface.")]
Base = Annotated[
    str,
    typer.Option(envvar="FACEPIPE_BASE_DIGEST", help="sha256:… of the images' base; else what its tag means today."),
]


def main(
    *, version: Version = "", check: Check = False, images: Images = True, model: Model = "", base_digest: Base = ""
) -> None:
    """Build wheel, sdist and images of this commit twice, compare them, and list what is inside with its licences."""
    try:
        if version:
            prepare(ROOT, version, dt.datetime.now(tz=dt.UTC).date().isoformat())
            say(PREPARED.format(version=version))
            return
        ready = verify_ready(ROOT)
        if images:
            verify_docker()
        if check:
            say(f"{ready} can be released: all is committed, CHANGELOG.md has it, and no tag is {tag_of(ready)}")
        else:
            made = make_release(ROOT, ReleaseOrder(ready, images=images, model=model, base_digest=base_digest), say)
            place, commit = made.relative_to(ROOT), current_commit(ROOT).digest[:7]
            say(MADE.format(folder=place, tag=tag_of(ready), commit=commit) + (f"\n{PUSH}" if images else ""))
    except (ReleaseError, ShipError) as error:
        say(f"release: {error}", file=sys.stderr)
        raise typer.Exit(1) from error


def say(line: str, file: TextIO | None = None) -> None:
    """Print a line at once: the next step may take minutes."""
    print(line, file=file, flush=True)


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command()(main)
    app(prog_name="scripts/release")
