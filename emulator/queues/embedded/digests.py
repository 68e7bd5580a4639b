"""Computes the MD5 digests of bodies and attributes, with which callers check what SQS received."""

import hashlib
import struct
from collections.abc import Mapping
from typing import Any

_STRING, _BINARY = b"\x01", b"\x02"


def body_md5(body: str) -> str:
    """Return the digest of a message's body."""
    return hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()


def attributes_md5(attributes: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the digest of message attributes, in the order of their names; empty if there are none.

    The encoding is described in the SQS developer guide, "Calculating the MD5 message digest for message attributes".
    """
    if not attributes:
        return ""
    digest = hashlib.md5(usedforsecurity=False)
    for name in sorted(attributes):
        attribute = attributes[name]
        digest.update(_with_length(name.encode()) + _with_length(str(attribute["DataType"]).encode()))
        if "BinaryValue" in attribute:
            digest.update(_BINARY + _with_length(bytes(attribute["BinaryValue"])))
        else:
            digest.update(_STRING + _with_length(str(attribute["StringValue"]).encode()))
    return digest.hexdigest()


def system_attributes_md5(trace_header: str) -> str:
    """Return the digest of AWSTraceHeader, the only system attribute that senders may give; empty without it."""
    if not trace_header:
        return ""
    return attributes_md5({"AWSTraceHeader": {"DataType": "String", "StringValue": trace_header}})


def _with_length(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data
