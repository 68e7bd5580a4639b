"""The folder of a release. Everything is built beside it, and it appears only when all is proved."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from release import changelog
from release.bills import Bill, bill_of_environment, bill_of_image, write_bill
from release.distributions import Distributions, build_alike
from release.files import write_sums
from release.image_builds import BuiltImage, ImageOrder, build_images
from release.installation import install_wheel
from release.licences import listed, verify_licences
from release.repository import Commit, current_commit

FOLDER = Path("var/release")

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ReleaseOrder:
    """What is to be released."""

    version: str
    images: bool = True
    model: str = ""  #: of the images; "": vggface2 where it can be downloaded
    base_digest: str = ""  #: of the images' base; "": what its tag means today


def make_release(root: Path, order: ReleaseOrder, say: Say) -> Path:
    """Build, compare, examine and note everything; return the folder. What a failure leaves is in its `.work`."""
    folder = root / FOLDER / order.version
    work, made = folder.with_name(f"{order.version}.work"), folder.with_name(f"{order.version}.new")
    for old in (work, made):
        shutil.rmtree(old, ignore_errors=True)
    made.mkdir(parents=True)
    commit = current_commit(root)
    say("wheel and sdist: building each twice …")
    add_distributions(build_alike(root, commit, work), commit, root, made, say)
    if order.images:
        say("images: building each twice from nothing; the first build takes longest, because it makes the nets …")
        wanted = ImageOrder(order.version, commit, model=order.model, base_digest=order.base_digest)
        for image in build_images(root, wanted, work, say):
            add_image(image, wanted, made, say)
    (made / "notes.md").write_text(_notes(root, order.version), encoding="utf-8")
    write_sums(made)
    shutil.rmtree(folder, ignore_errors=True)
    made.rename(folder)
    shutil.rmtree(work, ignore_errors=True)
    return folder


def add_distributions(built: Distributions, commit: Commit, root: Path, made: Path, say: Say) -> None:
    """Keep wheel and sdist, and what comes along when the wheel is installed."""
    (made / "dist").mkdir()
    for file in built.files:
        shutil.copyfile(file, made / "dist" / file.name)
        say(f"  {file.name}: {file.stat().st_size / 1e6:.1f} MB, the same bytes twice")
    say("the wheel: installing it into an empty environment …")
    environment = install_wheel(built.wheel, root / "constraints.txt", built.wheel.parent / "environment")
    say(f"  {environment.words}")
    _add_bill(bill_of_environment(environment.python, root / "pyproject.toml", commit.time), "facepipe", made, say)


def add_image(image: BuiltImage, order: ImageOrder, made: Path, say: Say) -> None:
    """Keep an image's list of files, its digests, and what is inside it."""
    digests = "the same digest" if image.same_digest else "the same files, though this builder's digests differ"
    say(f"  {image.reference}: {image.size_bytes / 1e6:.0f} MB, {digests}")
    facts = {
        "reference": image.reference,
        "digest": image.digest,
        "digest_comes_out_alike": image.same_digest,
        "files_sha256": image.files.sha256,
        "size_bytes": image.size_bytes,
    }
    (made / f"{image.target}.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    (made / f"{image.target}.files.txt").write_text(image.files.listing, encoding="utf-8")
    bill = bill_of_image(f"facepipe/{image.target}", order.version, image.files.papers, order.commit.time)
    _add_bill(bill, image.target, made, say)


def _add_bill(bill: Bill, name: str, made: Path, say: Say) -> None:
    verify_licences(bill, name)
    write_bill(bill, made / f"{name}.cdx.json")
    (made / f"{name}.licences.txt").write_text(listed(bill), encoding="utf-8")
    say(f"  {name}: {len(bill['components'])} packages are inside, under licences that are allowed")


def _notes(root: Path, version: str) -> str:
    text = (root / changelog.FILE).read_text(encoding="utf-8")
    return f"facepipe {version}\n\n{changelog.section(text, version)}\n"
