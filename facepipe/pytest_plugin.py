"""For the tests of an application that uses the pipeline: the fixture `pipeline`, one for the whole run.

It is the stack that FACEPIPE_STACK names; else what runs at FACEPIPE_URL (with FACEPIPE_SQS and FACEPIPE_API); else the
pipeline that is up on this machine's usual ports; else one that is started for the run, with the people of
FACEPIPE_GALLERY or of the sample gallery, and stopped after it.
"""

# ruff: noqa: PLC0415  # pytest loads this at every start: what is heavy waits for a test that asks
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from facepipe.client.endpoints import Endpoints
    from facepipe.pipeline import Pipeline


@pytest.fixture(scope="session")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Pipeline]":
    """Run, or find, the pipeline: `recognise(photo)`, `queues`, `logs(request_id)`, `trace(request_id)`."""
    from facepipe.pipeline import Pipeline

    found = find(os.environ)
    if found:
        yield Pipeline(found)
        return
    from emulator.free_ports import free_ports
    from emulator.settings import Settings
    from facepipe.local_pipeline import running
    from facepipe.paths import Paths
    from services.enrolment.gallery_file import seed

    folder = tmp_path_factory.mktemp("facepipe")
    gallery = Path(os.environ.get("FACEPIPE_GALLERY", folder / "gallery.npz"))
    seed(gallery, Paths().models)
    settings = Settings(Paths().template, ports=free_ports())
    with running(settings, folder / "facepipe.log", gallery=gallery) as local:
        yield Pipeline(local.endpoints)


def find(environ: Mapping[str, str]) -> "Endpoints | None":
    """Return where a pipeline is that somebody named, or that is up at the usual place; None when there is none."""
    import httpx

    from facepipe.client.deployed import deployed
    from facepipe.client.endpoints import Endpoints
    from facepipe.verbs.options import LOCAL_API, LOCAL_SQS, LOCAL_URL, RESPONSES

    if environ.get("FACEPIPE_STACK"):
        return deployed(environ["FACEPIPE_STACK"])
    queue = environ.get("FACEPIPE_RESPONSE_QUEUE", RESPONSES)
    if environ.get("FACEPIPE_URL"):
        sqs, api = environ.get("FACEPIPE_SQS", LOCAL_SQS), environ.get("FACEPIPE_API", "")
        return Endpoints(environ["FACEPIPE_URL"], sqs, queue, api=api)
    try:
        up = httpx.get(f"{LOCAL_API}/health", timeout=5).status_code == 200
    except httpx.HTTPError:
        return None
    return Endpoints(LOCAL_URL, LOCAL_SQS, queue, api=LOCAL_API) if up else None
