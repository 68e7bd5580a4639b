"""The people of a gallery over HTTP: who is enrolled, and the changes. JSON, but for pictures and photos."""

import asyncio
import base64
import binascii
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from services.enrolment.crop_file import CropError
from services.enrolment.gallery_file import NotEnrolledError
from services.enrolment.people_desk import PeopleDesk
from services.enrolment.people_folder import name_of
from services.face_recognition.gallery import GalleryError
from services.logs import log
from services.nets.model_files import ModelError

BODY_BYTES = 32 << 20  #: of a photo file: those of large cameras fit
FACES = 64  #: in one question about the nearest people
WAITING = 8  #: requests that hold a body at once; others wait before theirs is read
CARRIED = "application/octet-stream"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class RequestError(ValueError):
    """A request is not as it should be; the message names the field."""


@dataclass(frozen=True, slots=True)
class PeopleRoutes:
    """Answers the requests; a desk works in a thread, so that reading people's photos keeps nobody waiting."""

    desk: PeopleDesk

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/people", self.get_people)
        app.router.add_delete("/people", self.delete_person)
        app.router.add_post("/photos", self.post_photo)
        app.router.add_post("/crops", self.post_crop)
        app.router.add_get(r"/photos/{photo:[0-9a-f]{1,64}}", self.get_photo)
        app.router.add_delete(r"/photos/{photo:[0-9a-f]{1,64}}", self.delete_photo)
        app.router.add_post("/nearest", self.post_nearest)
        app.router.add_get("/sample", self.get_sample)

    async def get_people(self, _request: web.Request) -> web.Response:
        """`GET /people`: all people, their photos, and how near they are to each other."""
        return web.json_response(await asyncio.to_thread(self.desk.people))

    async def delete_person(self, request: web.Request) -> web.Response:
        """`DELETE /people?name=NAME`: forget somebody."""
        left = await asyncio.to_thread(self.desk.remove_person, request.query.get("name", ""))
        log("person removed", "", **left)
        return web.json_response(left)

    async def post_photo(self, request: web.Request) -> web.Response:
        """`POST /photos?name=NAME&file=NAME` with a photo file: add it to a person."""
        name, file_name, content = _name(request), request.query.get("file", ""), await request.read()
        return _added(await asyncio.to_thread(self.desk.add_photo, name, content, file_name))

    async def post_crop(self, request: web.Request) -> web.Response:
        """`POST /crops?name=NAME&margin=PIXELS&file=NAME` with a face that face-detection cut out: add it."""
        name, file_name, margin = _name(request), request.query.get("file", ""), _margin(request)
        content = await request.read()
        return _added(await asyncio.to_thread(self.desk.add_crop, name, content, margin, file_name))

    async def get_photo(self, request: web.Request) -> web.Response:
        """`GET /photos/ID`: the face on an enrolled photo, as it was cut out."""
        picture = await asyncio.to_thread(self.desk.picture, request.match_info["photo"])
        if picture is None:
            raise NotEnrolledError("no picture of this photo is kept")
        return web.Response(body=picture, content_type="image/jpeg")

    async def delete_photo(self, request: web.Request) -> web.Response:
        """`DELETE /photos/ID`: take one photo out of the gallery."""
        left = await asyncio.to_thread(self.desk.remove_photo, request.match_info["photo"])
        log("photo removed", "", **left)
        return web.json_response(left)

    async def post_nearest(self, request: web.Request) -> web.Response:
        """`POST /nearest` with {"faces": [base64 of a crop, …]}: the nearest people of each, and the threshold."""
        faces = _faces(await request.read())
        return web.json_response(await asyncio.to_thread(self.desk.nearest, faces))

    async def get_sample(self, _request: web.Request) -> web.Response:
        """`GET /sample`: a portrait to send, for whoever has no photo at hand."""
        portrait = self.desk.portrait
        if portrait is None or not portrait.is_file():
            raise NotEnrolledError("there is no sample photo here")
        return web.Response(body=await asyncio.to_thread(portrait.read_bytes), content_type="image/jpeg")


def create_people_app(desk: PeopleDesk) -> web.Application:
    """Return the application that the service serves."""
    app = web.Application(client_max_size=BODY_BYTES, middlewares=[_turns(asyncio.Semaphore(WAITING)), _errors])
    PeopleRoutes(desk).add_to(app)
    return app


def _turns(free: asyncio.Semaphore) -> Any:
    @web.middleware
    async def wait(request: web.Request, handler: Handler) -> web.StreamResponse:
        async with free:
            return await handler(request)

    return wait


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except (RequestError, CropError) as error:
        return _refused(400, str(error))
    except NotEnrolledError as error:
        return _refused(404, str(error))
    except (GalleryError, ModelError) as error:
        return _refused(409, str(error))
    except web.HTTPRequestEntityTooLarge:
        return _refused(413, f"the file is larger than {BODY_BYTES:,} bytes; send the photo scaled down")
    except web.HTTPException as error:
        return _refused(error.status, f"{request.method} {request.path}: {error.reason}")
    except OSError as error:
        log("not changed", "", level="ERROR", error=str(error))
        return _refused(500, f"the gallery cannot be read or written: {error.strerror or error}")


def _added(added: dict[str, Any]) -> web.Response:
    log("photo added", "", outcome=added["outcome"], photos=len(added["photos"]))
    return web.json_response(added)


def _refused(status: int, message: str) -> web.Response:
    return web.json_response({"error": message}, status=status)


def _name(request: web.Request) -> str:
    try:
        return name_of(request.query.get("name", ""))
    except GalleryError as error:
        raise RequestError(str(error)) from error


def _margin(request: web.Request) -> int:
    value = request.query.get("margin", "0")
    if not value.isascii() or not value.isdecimal() or len(value) > 3:
        raise RequestError('"margin" must be a whole number of pixels, as in the message with the face')
    return int(value)


def _faces(body: bytes) -> list[bytes]:
    try:
        faces = json.loads(body)["faces"]
        if not isinstance(faces, list) or len(faces) > FACES:
            raise RequestError(f'"faces" must be a list of at most {FACES} faces')
        return [base64.b64decode(face, validate=True) for face in faces]
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error) as error:
        if isinstance(error, RequestError):
            raise
        raise RequestError('the body must be {"faces": [base64 of a face, …]}') from error
