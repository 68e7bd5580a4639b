"""Reads where each function's code comes from, in the template as it was written: translated, it has no local paths."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from emulator.resources import Function, Resources
from emulator.resources.code_source import CodeSource
from emulator.template.resource_types import LAYER
from emulator.template.sam import FUNCTION, SAM_LAYER, shared_properties


def with_sources(resources: Resources, document: Mapping[str, Any]) -> Resources:
    """Return the resources with each function's source."""
    shared, declared = shared_properties(document), document.get("Resources") or {}
    functions = []
    for function in resources.functions:
        resource = declared.get(function.logical_id)
        source = replace(_source(resource, shared), layers=_layers(resource, shared, declared))
        functions.append(replace(function, source=source))
    return replace(resources, functions=tuple(functions))


def _layers(resource: Any, shared: Mapping[str, Any], declared: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the folders of a function's layers that are resources of this template with a local path."""
    own = resource.get("Properties") if isinstance(resource, dict) else None
    named: list[Any] = []
    for properties in (shared if isinstance(resource, dict) and resource.get("Type") == FUNCTION else {}, own):
        layers = properties.get("Layers") if isinstance(properties, dict) else None
        named += layers if isinstance(layers, list) else []
    names = [str(layer["Ref"]) for layer in named if isinstance(layer, dict) and "Ref" in layer]
    return tuple(folder for name in names if (folder := layer_folder(declared.get(name))))


def layer_folder(resource: Any) -> str:
    """Return the local path of a layer; an empty text if it is not on this machine."""
    if not isinstance(resource, dict) or not isinstance(resource.get("Properties"), dict):
        return ""
    key = {SAM_LAYER: "ContentUri", LAYER: "Content"}.get(str(resource.get("Type")), "")
    path = resource["Properties"].get(key)
    return path if isinstance(path, str) and "://" not in path else ""


def _source(resource: Any, shared: Mapping[str, Any]) -> CodeSource:
    """Return the source of a function; one that is made by a transform has none."""
    if not isinstance(resource, dict) or resource.get("Type") not in (FUNCTION, Function.TYPE):
        return CodeSource()
    own = resource.get("Properties")
    properties = {**(shared if resource["Type"] == FUNCTION else {}), **(own if isinstance(own, dict) else {})}
    metadata = resource.get("Metadata")
    image = properties.get("ImageConfig")
    if properties.get("PackageType") == "Image":
        return _image(metadata if isinstance(metadata, dict) else {}, image if isinstance(image, dict) else {})
    code = properties.get("CodeUri" if resource["Type"] == FUNCTION else "Code")
    inline = properties.get("InlineCode")
    if isinstance(code, dict):
        inline = code.get("ZipFile")
    if isinstance(inline, str):
        return CodeSource(inline=inline)
    if code is None and resource["Type"] == FUNCTION:
        return CodeSource(folder=".")  # as `sam build` takes it
    return CodeSource(folder=code if isinstance(code, str) and "://" not in code else None)


def _image(metadata: Mapping[str, Any], image: Mapping[str, Any]) -> CodeSource:
    given = image.get("EntryPoint") or ()
    entry_point = tuple(map(str, given)) if isinstance(given, list) else (str(given),) if given else ()
    working_directory = str(image.get("WorkingDirectory") or "")
    if "Dockerfile" not in metadata and "DockerContext" not in metadata:
        return CodeSource(entry_point=entry_point, working_directory=working_directory)
    arguments = metadata.get("DockerBuildArgs")
    return CodeSource(
        context=str(metadata.get("DockerContext", ".")),
        dockerfile=str(metadata.get("Dockerfile", "Dockerfile")),
        working_directory=working_directory,
        entry_point=entry_point,
        build_arguments={str(k): str(v) for k, v in arguments.items()} if isinstance(arguments, dict) else {},
        build_target=str(metadata.get("DockerBuildTarget") or ""),
        tag=str(metadata.get("DockerTag") or ""),
    )
