"""People enrolled through the emulator's port, by a container without a network; a running function knows them next time."""

import httpx

from facepipe.client.photos import photo
from facepipe.paths import Paths
from tests.acceptance.compose import ComposePipeline

ASTRONAUT = Paths().samples / "astronaut.png"
NAME = "Eileen Collins"


def people(pipeline: ComposePipeline) -> str:
    return f"{pipeline.endpoints.api}/services/people"


def answer(pipeline: ComposePipeline) -> str:
    (row,) = pipeline.send([photo(ASTRONAUT)])
    assert row.answer, row.problem
    return row.answer.result


def test_a_person_is_enrolled_and_recognised_and_forgotten(containers: ComposePipeline) -> None:
    assert answer(containers) == "unknown"
    url = people(containers)
    photo_file = ASTRONAUT.read_bytes()
    added = httpx.post(f"{url}/photos", params={"name": NAME, "file": "1.png"}, content=photo_file, timeout=60).json()
    assert (added["outcome"], added["problem"]) == ("enrolled", "")
    assert answer(containers) == NAME
    known = httpx.get(f"{url}/people", timeout=60).json()["people"]
    assert [(person["name"], [p["picture"] for p in person["photos"]]) for person in known] == [
        (NAME, [True]),
        ("Grace Hopper", [True]),
    ]
    assert httpx.get(f"{url}/sample", timeout=60).content.startswith(b"\xff\xd8")
    httpx.delete(f"{url}/people", params={"name": NAME}, timeout=60).raise_for_status()
    assert answer(containers) == "unknown"


def test_functions_read_the_gallery_and_not_the_pictures_and_find_no_socket(containers: ComposePipeline) -> None:
    httpx.get(f"{people(containers)}/people", timeout=60).raise_for_status()  # keeps the sample's picture
    function, *_ = containers.containers("face-recognition")
    script = "import os; open('/gallery/gallery.npz').close(); print(os.path.exists('/run/people')); {}"
    reading = script.format("open('/gallery/gallery.faces.sqlite')")
    code, output = function.exec_run(["python3", "-c", reading])
    assert code != 0
    assert "False" in output.decode()
    assert "PermissionError" in output.decode()


def test_the_service_has_no_network_and_its_files_stay_its_own(containers: ComposePipeline) -> None:
    (service,) = containers.containers("people")
    assert service.attrs["HostConfig"]["NetworkMode"] == "none"
    script = "import os; print([(n, oct(os.stat(n).st_mode & 0o7777), os.stat(n).st_gid) for n in {}])"
    files = ["/run/people/people.sock", "/gallery/gallery.npz", "/gallery/gallery.faces.sqlite"]
    code, output = service.exec_run(["python3", "-c", script.format(files)])
    assert code == 0, output
    assert output.decode().strip() == str(
        [(files[0], "0o660", 990), (files[1], "0o640", 990), (files[2], "0o600", 990)]
    )
