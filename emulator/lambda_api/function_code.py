"""Functions made, given other code and deleted through the API: CreateFunction, UpdateFunctionCode, DeleteFunction."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from emulator.aws.arns import read_function
from emulator.aws.error_types import VALIDATION
from emulator.aws.identifiers import LATEST, is_alias_name, version_key
from emulator.aws.limits import ARCHIVE_BYTES, FUNCTION_NAME_CHARACTERS
from emulator.lambda_api.api_errors import INVALID, ApiError, invalid, not_built, not_found, refusal
from emulator.lambda_api.change_checks import OF_FUNCTION, check_is_settled, check_revision
from emulator.lambda_api.code_hosting import CodeHosting
from emulator.lambda_api.configuration import WITHOUT_EFFECT, name_differences
from emulator.lambda_api.descriptions import Descriptions
from emulator.lambda_api.names import Directory
from emulator.lambda_api.operations import operation
from emulator.lambda_api.publishing import Publishing
from emulator.lambda_api.requests import ApiRequest, ApiResponse
from emulator.lambda_api.tags import check_tags
from emulator.project.code_archives import ArchiveError
from emulator.project.code_store import CodeStore, StoredCode
from emulator.properties import Properties, TemplateError
from emulator.resources import Function
from emulator.resources.code_source import CodeSource
from emulator.resources.function import FUNCTION_NAME, HANDLER, IMAGE, IMAGE_CONFIG, RUNTIME
from emulator.stack.stack import Stack

log = logging.getLogger(__name__)

ZIP_FILE, IMAGE_URI, ARCHITECTURES, PUBLISH, TAGS = "ZipFile", "ImageUri", "Architectures", "Publish", "Tags"
S3 = ("S3Bucket", "S3Key", "S3ObjectVersion", "SourceKMSKeyArn")
S3_CURE = "S3 is not emulated: send the archive itself as ZipFile (aws lambda … --zip-file fileb://code.zip)"
SETTINGS = (
    RUNTIME,
    HANDLER,
    "Description",
    "Timeout",
    "MemorySize",
    "PackageType",
    "Environment",
    "TracingConfig",
    IMAGE_CONFIG,
    ARCHITECTURES,
    "EphemeralStorage",
    "LoggingConfig",
    "DeadLetterConfig",
)
#: parameters of CreateFunction that are taken, and said to have no effect here
CREATED_WITHOUT_EFFECT = {
    **WITHOUT_EFFECT,
    "CodeSigningConfigArn": "signatures of code are not checked",
}


@dataclass(frozen=True, slots=True)
class FunctionCodeApi:
    """Changes which functions the stack has, and what they run."""

    stack: Stack
    directory: Directory
    descriptions: Descriptions
    store: CodeStore
    hosting: CodeHosting
    publishing: Publishing

    @operation(*SETTINGS, PUBLISH, TAGS, *CREATED_WITHOUT_EFFECT)
    async def create_function(self, request: ApiRequest) -> ApiResponse:
        """Add a function, with the archive in the request or a local image."""
        name, code = self._new_name(request), request.parameters["Code"]
        self.hosting.check(request.operation)
        self._check_is_new(name)
        is_image = request.text("PackageType") == IMAGE
        _check_code(request, code, is_image=is_image)
        check_tags(request.parameters.get(TAGS, {}))
        function = self._read(request, name, code)
        self.hosting.check_runtime(request.operation, function)
        stored = await self._stored(request, name, code)
        try:
            self._check_is_new(name)  # the archive was unpacked meanwhile
        except ApiError:
            self.store.drop(stored.source)
            raise
        function = replace(function, source=stored.source)
        name_differences(request, CREATED_WITHOUT_EFFECT)
        self.stack.functions.put(name, function)
        if tags := request.parameters.get(TAGS):
            self.stack.put_tags(name, tags)
        self._note(name, stored, request.operation)
        published = await self.publishing.publish(name) if request.parameters.get(PUBLISH) else function
        version = {"Version": published.version}
        return ApiResponse(self.descriptions.created(function) | version)

    @operation(ZIP_FILE, IMAGE_URI, *S3, ARCHITECTURES, PUBLISH, "DryRun", "RevisionId")
    async def update_function_code(self, request: ApiRequest) -> ApiResponse:
        """Give a function other code: calls in flight end as they began, the next ones get new environments."""
        self.hosting.check(request.operation)
        function = self._updatable(request)
        _check_kind(request, function)
        _check_code(request, request.parameters, is_image=not function.runtime)
        stored = await self._stored(request, function.name, request.parameters)
        if request.parameters.get("DryRun"):
            self.store.drop(stored.source)
            return ApiResponse(self.descriptions.whole(_with_code(request, function, stored.source)))
        try:
            function = self._updatable(request)  # the archive was unpacked meanwhile
        except ApiError:
            self.store.drop(stored.source)
            raise
        changed = self.stack.change_code(function.name, _with_code(request, function, stored.source))
        self._note(function.name, stored, request.operation)
        if request.parameters.get(PUBLISH):
            version = await self.publishing.publish(function.name)
            return ApiResponse(self.descriptions.created(version, version.version))
        return ApiResponse(self.descriptions.whole(changed, changed=True))

    @operation("Qualifier")
    async def delete_function(self, request: ApiRequest) -> ApiResponse:
        """Delete a version, or a function with all that belongs to it; its mappings stay, as on AWS."""
        name, qualifier = self._deleted(request)
        if qualifier:
            if version := self.stack.versions.published.get(version_key(name, qualifier)):
                self.publishing.remove(version)
            return ApiResponse({"StatusCode": 204})
        for version in self.stack.versions.of(name):
            self.publishing.snapshots.drop(version)
        self.stack.delete_function(name)
        self.store.use(name, None)
        left = [live.uuid for live in self.stack.mappings.values() if live.mapping.function == name]
        log.info("%s: deleted%s", name, f"; its event source mappings stay: {', '.join(left)}" if left else "")
        return ApiResponse({"StatusCode": 204})

    def _new_name(self, request: ApiRequest) -> str:
        """Return the name that a new function gets; the request may give an ARN, of this account and region."""
        account = self.directory.reference(request.function_name).account_id
        if account not in ("", self.directory.account_id):
            why = f"this emulator runs as account {self.directory.account_id}"
            raise ApiError(403, "AccessDeniedException", f"{account} is another account: {why}")
        return _new_name(request)

    def _deleted(self, request: ApiRequest) -> tuple[str, str]:
        """Return the name of the function that a request is about, and the version that it deletes, if it is one."""
        reference = self.directory.reference(request.function_name, request.qualifier)
        if reference.qualifier == LATEST:
            raise invalid(f"{LATEST} version cannot be deleted without deleting the function.")
        if is_alias_name(reference.qualifier):
            raise invalid("Deletion of aliases is not currently supported.")
        unqualified = self.directory.arns.function(reference.name)
        if reference.name not in self.stack.functions or reference.account_id not in ("", self.directory.account_id):
            raise not_found(f"Function not found: {unqualified}")
        return reference.name, reference.qualifier

    def _check_is_new(self, name: str) -> None:
        if name in self.stack.functions:
            raise ApiError(409, "ResourceConflictException", f"Function already exist: {name}")

    def _updatable(self, request: ApiRequest) -> Function:
        function = self.directory.find(request.function_name)
        check_revision(request, self.stack.functions.revision(function.name), OF_FUNCTION)
        check_is_settled(function, self.descriptions)
        return function

    def _read(self, request: ApiRequest, name: str, code: Mapping[str, Any]) -> Function:
        """Read the request as the properties of a template's function, which have the same names."""
        values = request.without([*CREATED_WITHOUT_EFFECT, PUBLISH, TAGS, FUNCTION_NAME, "Code"])
        place = {IMAGE_URI: code[IMAGE_URI]} if IMAGE_URI in code else {ZIP_FILE: ""}
        try:
            return Function.read(Properties.from_request({**values, "Code": place}), name)
        except TemplateError as error:
            raise refusal(error, request.operation) from error

    async def _stored(self, request: ApiRequest, name: str, code: Mapping[str, Any]) -> StoredCode:
        """Return where the code of a request is: in a new folder, or in an image."""
        if ZIP_FILE in code:
            return await self._unpacked(name, code[ZIP_FILE])
        known = self._with_image(code[IMAGE_URI])
        self.hosting.check_image(request.operation, known)
        source = known.source if known else CodeSource()
        return StoredCode(replace(source.with_image_config(request.parameters.get(IMAGE_CONFIG)), revision=0))

    def _with_image(self, uri: str) -> Function | None:
        """Return a function that runs an image from the folder from which it is built, if there is one."""
        functions = self.stack.functions.values()
        return next((f for f in functions if f.image_uri == uri and f.source.context is not None), None)

    async def _unpacked(self, name: str, archive: bytes) -> StoredCode:
        if len(archive) > ARCHIVE_BYTES:
            message = f"Zipped size must be smaller than {ARCHIVE_BYTES} bytes"
            raise ApiError(413, "RequestEntityTooLargeException", message)
        try:
            return await asyncio.to_thread(self.store.unpack, name, archive)
        except ArchiveError as error:
            raise ApiError(400, INVALID, error.lambda_message, why=str(error)) from error
        except OSError as error:
            message = f"the code of {name} cannot be kept in {self.store.root} ({error.strerror}); free space there"
            raise ApiError(503, "ServiceException", message) from error

    def _note(self, name: str, stored: StoredCode, operation: str) -> None:
        """Note which code is used from now on, and log it."""
        self.store.use(name, stored.source)
        log.info("%s: %s: its code is in %s", name, operation, stored.source.folder or "its image")
        for note in stored.notes:
            log.warning("%s: %s", name, note)


def _new_name(request: ApiRequest) -> str:
    """Return the name that a new function gets; the request may give its ARN."""
    reference = read_function(request.function_name)
    if reference is None or reference.qualifier:
        raise invalid(f"{request.function_name} is no name for a new function: it has a qualifier")
    if len(reference.name) > FUNCTION_NAME_CHARACTERS:
        constraint = f"Member must have length less than or equal to {FUNCTION_NAME_CHARACTERS}"
        raise invalid(
            f"{VALIDATION}Value '{reference.name}' at 'functionName' failed to satisfy constraint: {constraint}"
        )
    return reference.name


def _check_kind(request: ApiRequest, function: Function) -> None:
    """Refuse an archive for an image function, and an image for a zip function."""
    if function.runtime and IMAGE_URI in request.parameters:
        raise invalid("Please don't provide ImageUri when updating a function with packageType Zip.")
    if not function.runtime and IMAGE_URI not in request.parameters:
        raise invalid("Please provide ImageUri when updating a function with packageType Image.")


def _check_code(request: ApiRequest, code: Mapping[str, Any], *, is_image: bool) -> None:
    """Refuse code that is missing or elsewhere, or that is of another type than the function."""
    if elsewhere := [name for name in S3 if name in code]:
        error = not_built(f"{request.operation} with {elsewhere[0]}")
        raise ApiError(error.status, error.kind, f"{error.message}: {S3_CURE}")
    if ZIP_FILE not in code and IMAGE_URI not in code:
        raise invalid("Please provide a source for function code.")
    if is_image != (IMAGE_URI in code) or (ZIP_FILE in code and IMAGE_URI in code):
        raise invalid("PackageType Image needs ImageUri alone, and PackageType Zip needs ZipFile alone.")
    if request.operation == "CreateFunction" and not is_image and not {RUNTIME, HANDLER} <= set(request.parameters):
        raise invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages.")


def _with_code(request: ApiRequest, function: Function, source: CodeSource) -> Function:
    details = function.details
    if architectures := request.parameters.get(ARCHITECTURES):
        details = replace(details, architecture=architectures[0])
    image_uri = request.text(IMAGE_URI) or function.image_uri
    if not function.runtime and source.context is None:  # the image's own settings stay
        source = replace(function.source, context=None)
    return replace(function, source=source, image_uri=image_uri, details=details)
