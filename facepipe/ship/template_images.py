"""The images that a template's functions run: which are built from what, and where their URIs belong."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from facepipe.ship.problems import ShipError

FUNCTION, SERVERLESS = "AWS::Lambda::Function", "AWS::Serverless::Function"
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ImageBuild:
    """What an image is built from, as SAM's Metadata says it."""

    context: Path
    dockerfile: Path
    target: str = ""
    arguments: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class TemplateImage:
    """One image; several functions may run it."""

    name: str  #: the last part of its repository's name
    functions: tuple[str, ...]  #: logical ids
    architecture: str
    build: ImageBuild | None  #: None: it is built by somebody else
    reference: str  #: that the template has: a local image, where it is not built
    parameters: tuple[str, ...] = field(default=())  #: the parameters that hold its URI
    written: tuple[str, ...] = field(default=())  #: logical ids of functions into which its URI is written


def template_images(document: Document, folder: Path) -> list[TemplateImage]:
    """Return the images of a template in a folder; `ShipError` if there are none."""
    found: dict[str, TemplateImage] = {}
    for logical_id, resource in _image_functions(document):
        image = _image(document, folder, logical_id, resource)
        key = repr(image.build) if image.build else image.reference or ",".join(image.parameters) or logical_id
        known = found.get(key, image)
        if known is not image:
            known = replace(
                known,
                functions=known.functions + image.functions,
                parameters=tuple(dict.fromkeys(known.parameters + image.parameters)),
                written=known.written + image.written,
            )
        found[key] = known
    if not found:
        raise ShipError("the template has no function with PackageType Image: `sam deploy` brings zip functions to AWS")
    return list(found.values())


def with_images(document: Document, images: Sequence[TemplateImage], uris: Mapping[str, str]) -> dict[str, Any]:
    """Return a copy of the template with the URIs of images, by their names, where no parameter holds them."""
    changed: dict[str, Any] = deepcopy(dict(document))
    for image in images:
        for logical_id in image.written:
            resource = changed["Resources"][logical_id]
            if resource["Type"] == FUNCTION:
                resource["Properties"]["Code"] = {"ImageUri": uris[image.name]}
            else:
                resource["Properties"]["ImageUri"] = uris[image.name]
    return changed


def _functions(document: Document) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for logical_id, resource in document["Resources"].items():
        if isinstance(resource, dict) and resource.get("Type") in (FUNCTION, SERVERLESS):
            yield logical_id, {**resource, "Properties": resource.get("Properties") or {}}


def _image_functions(document: Document) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for logical_id, resource in _functions(document):
        if _runs_an_image(document, resource):
            yield logical_id, resource


def _runs_an_image(document: Document, resource: Mapping[str, Any]) -> bool:
    return _property(document, resource, "PackageType") == "Image" or _uri(document, resource) is not None


def _property(document: Document, resource: Mapping[str, Any], name: str) -> Any:
    """Return a property of a function; SAM functions have those of Globals too."""
    shared: Mapping[str, Any] = {}
    if resource["Type"] == SERVERLESS:
        shared = (document.get("Globals") or {}).get("Function") or {}
    return resource["Properties"].get(name, shared.get(name))


def _uri(document: Document, resource: Mapping[str, Any]) -> Any:
    if resource["Type"] == SERVERLESS:
        return _property(document, resource, "ImageUri")
    code = resource["Properties"].get("Code")
    return code.get("ImageUri") if isinstance(code, dict) else None


def _image(document: Document, folder: Path, logical_id: str, resource: Mapping[str, Any]) -> TemplateImage:
    uri = _uri(document, resource)
    parameter = _parameter(document, uri)
    architectures = _property(document, resource, "Architectures")
    architecture = architectures[0] if isinstance(architectures, list) and architectures else "x86_64"
    default = _default(document, parameter) if parameter else uri
    name = resource["Properties"].get("FunctionName")
    return TemplateImage(
        name=repository_name(name if isinstance(name, str) else logical_id),
        functions=(logical_id,),
        architecture=_default(document, _parameter(document, architecture)) or str(architecture),
        build=_build(folder, logical_id, resource.get("Metadata") or {}),
        reference=default if isinstance(default, str) else json.dumps(default) if default else "",
        parameters=(parameter,) if parameter else (),
        written=() if parameter else (logical_id,),
    )


def _parameter(document: Document, value: Any) -> str:
    """Return the parameter that a value refers to; empty for another value."""
    name = value.get("Ref") if isinstance(value, dict) else None
    return name if isinstance(name, str) and name in (document.get("Parameters") or {}) else ""


def _default(document: Document, parameter: str) -> str:
    return str(document["Parameters"][parameter].get("Default", "")) if parameter else ""


def _build(folder: Path, logical_id: str, metadata: Mapping[str, Any]) -> ImageBuild | None:
    if "Dockerfile" not in metadata and "DockerContext" not in metadata:
        return None
    context = (folder / str(metadata.get("DockerContext", "."))).resolve()
    dockerfile = context / str(metadata.get("Dockerfile", "Dockerfile"))
    if not dockerfile.is_file():
        raise ShipError(f"Resources.{logical_id}.Metadata: there is no {dockerfile}; correct Dockerfile, DockerContext")
    arguments = metadata.get("DockerBuildArgs") or {}
    return ImageBuild(
        context,
        dockerfile,
        str(metadata.get("DockerBuildTarget", "")),
        tuple((str(name), str(value)) for name, value in arguments.items()),
    )


def repository_name(text: str) -> str:
    """Return a text as ECR takes it in a repository's name: FaceDetection becomes face-detection."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", text).lower()
    return re.sub(r"[^a-z0-9]+", "-", words).strip("-") or "image"
