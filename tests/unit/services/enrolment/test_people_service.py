"""The people service on its socket. Colours stand for faces, so that no net is needed."""

import asyncio
import base64
import io
import json
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import pytest
from PIL import Image

from services.enrolment.faces import PhotoFaces
from services.enrolment.gallery_file import read_any_file, save
from services.enrolment.kept_faces import KeptFaces
from services.enrolment.people_desk import PeopleDesk
from services.enrolment.people_routes import BODY_BYTES
from services.enrolment.people_service import serve
from services.face_detection.photo import PhotoError
from services.face_recognition.gallery import Model
from services.face_recognition.gallery_source import FileStore, GallerySource
from services.face_recognition.matching import FaceIndex
from services.nets.model_files import Manifest, Threshold
from tests.bomb_photos import png_claiming
from tests.unit.services.enrolment.galleries import MODEL, gallery

ADA, ADA_LATER, BOB, NOBODY = (200, 40, 0), (200, 90, 0), (0, 40, 200), (0, 0, 0)
MANIFEST = Manifest(MODEL.model_id, MODEL.weights_sha256, (Threshold(32, 1.0, measured=True, basis="a test"),), {})
SIDE = 160


class Colours:
    """Each photo is a row of squares; the colour of each square is a face, and black is nobody."""

    def look(self, photo: Image.Image, margin_px: int) -> PhotoFaces:
        squares = [photo.crop((left, 0, left + SIDE, SIDE)) for left in range(0, photo.width, SIDE)]
        crops = [np.asarray(square) for square in squares if np.asarray(square).any()]
        if not crops:
            raise PhotoError("no face found")
        return PhotoFaces(np.stack(crops), self.embed(np.stack(crops)))

    def embed(self, crops: Any) -> Any:
        rows = np.zeros((len(crops), 512), np.float32)
        rows[:, :3] = crops.reshape(len(crops), -1, 3).mean(axis=1)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def photo(*faces: tuple[int, int, int]) -> bytes:
    picture = Image.new("RGB", (SIDE * len(faces), SIDE))
    for place, face in enumerate(faces):
        picture.paste(face, (place * SIDE, 0, (place + 1) * SIDE, SIDE))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


class Client:
    def __init__(self, http: aiohttp.ClientSession, file: Path) -> None:
        self.http, self.file = http, file

    async def ask(self, method: str, path: str, body: Any = None, **query: str) -> tuple[int, Any]:
        async with self.http.request(method, f"http://people{path}", data=body, params=query) as answer:
            return answer.status, await answer.json()

    async def add(self, name: str, *faces: tuple[int, int, int], file: str = "1.jpg") -> Any:
        status, added = await self.ask("POST", "/photos", photo(*faces), name=name, file=file)
        assert status == 200, added
        return added

    async def people(self) -> Any:
        status, found = await self.ask("GET", "/people")
        assert status == 200, found
        return found

    async def bytes_of(self, path: str) -> tuple[int, bytes]:
        async with self.http.get(f"http://people{path}") as answer:
            return answer.status, await answer.read()


def with_service(folder: Path, scenario: Callable[[Client], Awaitable[None]], *, keep: bool = True) -> None:
    """Serve a gallery while the scenario lasts."""
    file, socket = folder / "gallery.npz", folder / "people.sock"

    async def main() -> None:
        desk = PeopleDesk(file, MANIFEST, Colours, KeptFaces(file) if keep else None)
        serving = asyncio.create_task(serve(desk, socket))
        while not socket.exists():
            await asyncio.sleep(0)
        async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(socket))) as http:
            await scenario(Client(http, file))
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)

    asyncio.run(main())


def test_a_person_is_enrolled_shown_and_known_to_a_running_function(tmp_path: Path) -> None:
    save(gallery("Cleo", first=9), tmp_path / "gallery.npz", replace=True)

    async def scenario(client: Client) -> None:
        function = GallerySource(FileStore(client.file), MODEL)
        face = Colours().embed(np.full((1, SIDE, SIDE, 3), ADA, np.uint8))
        assert function.current().match(face)[0].name == "unknown"
        added = await client.add("Ada", ADA, file="IMG 1.jpg")
        assert (added["outcome"], added["problem"]) == ("enrolled", "")
        assert function.current().match(face)[0].name == "Ada", "without a restart"
        ada = (await client.people())["people"][0]
        (shown,) = ada["photos"]
        assert (ada["name"], shown["id"], shown["file_name"]) == ("Ada", added["photos"][0], "IMG 1.jpg")
        assert ada["nearest"] == [{"name": "Cleo", "distance": 1.414}]
        status, picture = await client.bytes_of(f"/photos/{shown['id']}")
        assert (status, Image.open(io.BytesIO(picture)).size) == (200, (160, 160))

    with_service(tmp_path, scenario)


def test_only_the_user_can_open_the_socket_and_read_gallery_and_pictures(tmp_path: Path) -> None:
    async def scenario(client: Client) -> None:
        await client.add("Ada", ADA)
        for file in (client.file, KeptFaces(client.file).path, tmp_path / "people.sock"):
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file

    with_service(tmp_path, scenario)


def test_the_group_of_a_shared_folder_can_open_the_socket_too(tmp_path: Path) -> None:
    tmp_path.chmod(0o2750)

    async def scenario(client: Client) -> None:
        assert stat.S_IMODE((tmp_path / "people.sock").stat().st_mode) == 0o660
        await client.add("Ada", ADA)
        assert stat.S_IMODE(client.file.stat().st_mode) == 0o640, "the functions read the gallery"
        assert stat.S_IMODE(KeptFaces(client.file).path.stat().st_mode) == 0o600, "and not the pictures"

    with_service(tmp_path, scenario)


def test_what_is_odd_about_a_photo_is_said_and_the_photo_can_be_taken_back(tmp_path: Path) -> None:
    async def scenario(client: Client) -> None:
        await client.add("Ada", ADA)
        await client.add("Bob", BOB)
        await client.add("Bob", (0, 90, 200))
        again = await client.add("Ada", ADA, file="copy.jpg")
        assert again["outcome"] == "enrolled already"
        wrong = await client.add("Bob", ADA_LATER)
        assert (wrong["outcome"], "nearer to Ada" in wrong["problem"]) == ("enrolled", True)
        twice = await client.add("A. Lovelace", ADA)
        assert "one of the two names is wrong" in twice["problem"]
        assert [pair["first"] for pair in twice["pairs"]] + [pair["second"] for pair in twice["pairs"]] == [
            "A. Lovelace",
            "Ada",
        ]
        many = await client.add("Dora", BOB, ADA)
        assert many["problem"].startswith("2 faces: the largest was taken")
        nobody = await client.add("Eve", NOBODY)
        assert (nobody["outcome"], nobody["problem"], nobody["photos"]) == ("left out", "no face found", [])
        status, left = await client.ask("DELETE", f"/photos/{wrong['photos'][0]}")
        assert (status, left["photos"]) == (200, 5)
        assert read_any_file(client.file).names == ("Ada", "Bob", "Bob", "A. Lovelace", "Dora")

    with_service(tmp_path, scenario)


def test_the_face_of_a_request_is_enrolled_as_it_was_cut_out(tmp_path: Path) -> None:
    async def scenario(client: Client) -> None:
        status, added = await client.ask("POST", "/crops", photo(ADA), name="Ada", margin="32", file="webcam.jpg")
        assert (status, added["outcome"]) == (200, "enrolled")
        assert read_any_file(client.file).margin_px == 32
        status, refused = await client.ask("POST", "/crops", photo(BOB), name="Bob", margin="0")
        assert (status, "margin of 0 pixels" in refused["error"]) == (400, True)
        for content in (b"", b"no picture", photo(ADA, BOB)):
            status, refused = await client.ask("POST", "/crops", content, name="Bob", margin="32")
            assert (status, "160×160" in refused["error"]) == (400, True)
        assert read_any_file(client.file).names == ("Ada",)

    with_service(tmp_path, scenario)


def test_the_nearest_people_are_those_that_recognition_would_name(tmp_path: Path) -> None:
    async def scenario(client: Client) -> None:
        for name, face in (("Ada", ADA), ("Ada", (200, 190, 0)), ("Bob", BOB)):
            await client.add(name, face)
        between = (200, 120, 20)
        faces = [base64.b64encode(photo(face)).decode() for face in (between, BOB)]
        _, found = await client.ask("POST", "/nearest", json.dumps({"faces": faces}).encode())
        index = FaceIndex.of(read_any_file(client.file))
        crops = np.stack([np.full((SIDE, SIDE, 3), face, np.uint8) for face in (between, BOB)])
        for near, match in zip(found["faces"], index.match(Colours().embed(crops)), strict=True):
            assert near[0]["name"] == match.nearest
            assert near[0]["distance"] == pytest.approx(match.distance, abs=2e-3)
        assert [person["name"] for person in found["faces"][0]] == ["Ada", "Bob"]
        assert found["threshold"] == 1.0

    with_service(tmp_path, scenario)


def test_a_person_who_is_removed_leaves_no_picture_behind(tmp_path: Path) -> None:
    async def scenario(client: Client) -> None:
        photo_id = (await client.add("Ada", ADA, file="the only photo.jpg"))["photos"][0]
        _, picture = await client.bytes_of(f"/photos/{photo_id}")
        kept = KeptFaces(client.file).path
        assert picture[:400] in kept.read_bytes(), "the file is not compressed"
        status, left = await client.ask("DELETE", "/people", name="Ada")
        assert (status, left["people"]) == (200, 0)
        assert picture[:400] not in kept.read_bytes(), "deleted parts of the file are overwritten"
        assert b"the only photo.jpg" not in kept.read_bytes()
        assert (await client.people())["people"] == []
        assert (await client.ask("DELETE", "/people", name="Ada"))[0] == 404
        assert (await client.ask("DELETE", f"/photos/{photo_id}"))[0] == 404
        assert (await client.ask("GET", f"/photos/{photo_id}"))[0] == 404

    with_service(tmp_path, scenario)


def test_without_pictures_people_are_enrolled_all_the_same(tmp_path: Path) -> None:
    async def scenario(client: Client) -> None:
        await client.add("Ada", ADA)
        (person,) = (await client.people())["people"]
        assert person["photos"][0]["picture"] is False
        assert not KeptFaces(client.file).path.exists()

    with_service(tmp_path, scenario, keep=False)


@pytest.mark.parametrize("name", ["", " ", "unknown", "a, b", "x" * 129, "a\x1b[2J", "a\nb", "\ud800"])
def test_what_cannot_be_a_persons_name_is_refused(tmp_path: Path, name: str) -> None:
    async def scenario(client: Client) -> None:
        try:
            status, refused = await client.ask("POST", "/photos", photo(ADA), name=name)
        except UnicodeEncodeError:
            return
        assert (status, "name" in refused["error"]) == (400, True)
        assert not client.file.exists()

    with_service(tmp_path, scenario)


def test_a_name_has_one_spelling_whatever_it_was_typed_with(tmp_path: Path) -> None:
    async def scenario(client: Client) -> None:
        for name, face in (("Zoë", ADA), ("Zoe\u0308 ", BOB)):
            await client.add(name, face)
        assert [person["name"] for person in (await client.people())["people"]] == ["Zoë"]

    with_service(tmp_path, scenario)


@pytest.mark.parametrize("file", ["../../../etc/passwd", "..\\..\\boot.ini", "a\x1b]0;x\x07b", "/", "..", "n" * 5000])
def test_a_files_name_is_a_text_and_never_a_path(tmp_path: Path, file: str) -> None:
    async def scenario(client: Client) -> None:
        await client.add("Ada", ADA, file=file)
        shown = (await client.people())["people"][0]["photos"][0]["file_name"]
        assert shown.isprintable()
        assert not set("/\\") & set(shown)
        assert len(shown) <= 255
        names = {path.name for path in await asyncio.to_thread(lambda: list(tmp_path.iterdir()))}
        assert names == {"gallery.npz", "gallery.faces.sqlite", ".gallery.npz.lock", "people.sock"}

    with_service(tmp_path, scenario)


@pytest.mark.parametrize("size", [(60_000, 60_000), (10_000, 5_001), (40_000, 10)])
def test_a_picture_that_claims_too_many_pixels_is_refused_before_any_is_decoded(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async def scenario(client: Client) -> None:
        status, added = await client.ask("POST", "/photos", png_claiming(*size), name="Ada", file="bomb.png")
        assert (status, added["outcome"]) == (200, "left out")
        assert "pixels" in added["problem"]
        status, refused = await client.ask("POST", "/crops", png_claiming(*size), name="Ada", margin="32")
        assert (status, "160×160" in refused["error"]) == (400, True)
        assert not client.file.exists()

    with_service(tmp_path, scenario)


def test_a_body_that_is_too_large_is_refused_and_others_are_served(tmp_path: Path) -> None:
    async def scenario(client: Client) -> None:
        status, refused = await client.ask("POST", "/photos", io.BytesIO(b"x" * (BODY_BYTES + 1)), name="Ada")
        assert (status, "larger than" in refused["error"]) == (413, True)
        await client.add("Ada", ADA)

    with_service(tmp_path, scenario)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"faces": "x"}', b'{"faces": ["*"]}', b'{"faces": [1]}', b"[" * 100_000]
)
def test_a_question_that_is_malformed_is_told(tmp_path: Path, body: bytes) -> None:
    async def scenario(client: Client) -> None:
        status, refused = await client.ask("POST", "/nearest", body)
        assert (status, "faces" in refused["error"]) == (400, True)

    with_service(tmp_path, scenario)


def test_a_gallery_of_another_model_is_told_with_its_cure(tmp_path: Path) -> None:
    save(gallery("Ada", model=Model("vggface2", "c" * 64)), tmp_path / "gallery.npz", replace=True)

    async def scenario(client: Client) -> None:
        for method, path, body in (("GET", "/people", None), ("POST", "/photos", photo(ADA))):
            status, refused = await client.ask(method, path, body, name="Ada")
            assert (status, "--replace" in refused["error"]) == (409, True)

    with_service(tmp_path, scenario)


def test_pictures_that_cannot_be_read_are_told_with_their_cure(tmp_path: Path) -> None:
    async def scenario(client: Client) -> None:
        await client.add("Ada", ADA)
        KeptFaces(client.file).path.write_bytes(b"no database" * 1000)
        status, refused = await client.ask("GET", "/people")
        assert (status, "delete it" in refused["error"]) == (409, True)

    with_service(tmp_path, scenario)


def test_an_unknown_path_is_told(tmp_path: Path) -> None:
    async def scenario(client: Client) -> None:
        assert (await client.ask("GET", "/nothing"))[0] == 404
        assert (await client.ask("PUT", "/people"))[0] == 405
        assert (await client.ask("GET", "/sample"))[0] == 404

    with_service(tmp_path, scenario)
