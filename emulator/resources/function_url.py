"""`AWS::Lambda::Url` with buffered responses (FU-24, FU-27)."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from emulator.aws import limits
from emulator.aws.identifiers import version_key
from emulator.properties import Properties, TemplateError
from emulator.resources.function import FUNCTION_ARN, Function, named_function
from emulator.resources.permission import SIGNED, UNSIGNED, Permission, missing_for_everyone

CORS_METHODS = ("GET", "PUT", "HEAD", "POST", "PATCH", "DELETE", "*")
TARGET_FUNCTION = "TargetFunctionArn"
CORS, INVOKE_MODE = "Cors", "InvokeMode"
BUFFERED, STREAMED = "BUFFERED", "RESPONSE_STREAM"  #: values of InvokeMode; only the first is emulated


@dataclass(frozen=True, slots=True)
class Cors:
    """The CORS configuration of a function URL (FU-27)."""

    allow_origins: tuple[str, ...] = ()
    allow_methods: tuple[str, ...] = ()
    allow_headers: tuple[str, ...] = ()
    expose_headers: tuple[str, ...] = ()
    allow_credentials: bool = False
    max_age_s: int | None = None

    @classmethod
    def read(cls, block: Properties) -> "Cors":
        """Read a Cors block within Lambda's limits."""
        cors = cls(
            allow_origins=_limited(block, "AllowOrigins", limits.CORS_ENTRIES),
            allow_methods=_limited(block, "AllowMethods", limits.CORS_METHODS, choices=CORS_METHODS),
            allow_headers=_limited(block, "AllowHeaders", limits.CORS_ENTRIES),
            expose_headers=_limited(block, "ExposeHeaders", limits.CORS_ENTRIES),
            allow_credentials=block.boolean("AllowCredentials", default=False),
            max_age_s=block.optional_integer("MaxAge", limits.CORS_MAX_AGE_S),
        )
        block.finish()
        return cors

    def describe(self) -> dict[str, Any]:
        """Return the block without empty lists."""
        described = {
            "AllowCredentials": self.allow_credentials,
            "AllowHeaders": list(self.allow_headers),
            "AllowMethods": list(self.allow_methods),
            "AllowOrigins": list(self.allow_origins),
            "ExposeHeaders": list(self.expose_headers),
            "MaxAge": self.max_age_s,
        }
        return {key: value for key, value in described.items() if value not in (None, [])}


@dataclass(frozen=True, slots=True)
class FunctionUrl:
    """A function URL."""

    TYPE: ClassVar[str] = "AWS::Lambda::Url"

    logical_id: str
    function: str  #: name of the function
    auth_type: str  #: NONE or AWS_IAM
    cors: Cors | None = None
    qualifier: str = ""  #: the alias that is called; empty: the function as it is now
    not_granted: tuple[str, ...] = ()  #: with AuthType NONE: the needed actions that no permission grants to everyone

    @property
    def id(self) -> str:
        """Return a URL id as AWS makes them, the same at every start."""
        digest = hashlib.sha256(f"{self.logical_id}/{self.resource}".encode()).digest()
        return "".join(chr(ord("a") + byte % 26) for byte in digest)

    @property
    def resource(self) -> str:
        """The key of the function or alias that is called; its policy says who may call it."""
        return version_key(self.function, self.qualifier)

    @classmethod
    def read(cls, properties: Properties, functions: Mapping[str, Function]) -> "FunctionUrl":
        """Read a function URL. `functions` has each function by its name and by its ARN."""
        function = named_function(properties, TARGET_FUNCTION, functions)
        if properties.text("InvokeMode", default=BUFFERED, choices=(BUFFERED, STREAMED)) != BUFFERED:
            raise TemplateError(properties.at("InvokeMode"), "response streaming is not emulated; use BUFFERED")
        auth_type = properties.text("AuthType", choices=(UNSIGNED, SIGNED))
        cors = properties.block("Cors")
        properties.finish()
        return cls(properties.logical_id, function.name, auth_type, Cors.read(cors) if cors else None)

    def describe(self, address: str, *, function_arn: str, created: str, modified: str) -> dict[str, Any]:
        """Return a FunctionUrlConfig; the times are in ISO 8601."""
        described: dict[str, Any] = {
            "FunctionUrl": address,
            FUNCTION_ARN: function_arn,
            "AuthType": self.auth_type,
            "InvokeMode": BUFFERED,
            "CreationTime": created,
            "LastModifiedTime": modified,
        }
        return {**described, "Cors": self.cors.describe()} if self.cors else described

    def as_properties(self) -> dict[str, Any]:
        """Return the template properties that can be changed."""
        return {"AuthType": self.auth_type} | ({CORS: self.cors.describe()} if self.cors else {})

    def granted(self, permissions: Iterable[Permission]) -> "FunctionUrl":
        """Return the URL with the actions that these permissions fail to grant; with AWS_IAM no grant is needed."""
        if self.auth_type != UNSIGNED:
            return replace(self, not_granted=())
        own = [permission for permission in permissions if permission.resource == self.resource]
        return replace(self, not_granted=missing_for_everyone(own))


def _limited(block: Properties, key: str, most: int, *, choices: tuple[str, ...] = ()) -> tuple[str, ...]:
    values = block.texts(key, choices=choices)
    if len(values) > most:
        raise TemplateError(block.at(key), f"has {len(values)} entries; Lambda allows {most}")
    return values
