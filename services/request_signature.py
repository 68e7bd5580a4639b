"""AWS Signature Version 4 for the requests of one service, with the credentials that Lambda gives a function.

botocore has it too, and takes a third of a cold start to be imported (docs/decisions/0015-sending-without-boto3.md).
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What signs a request, from a function's environment."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)

    @staticmethod
    def of(environment: Mapping[str, str]) -> "Credentials":
        """Read Lambda's variables; without them the requests are refused, and the answer says so."""
        return Credentials(
            environment.get("AWS_ACCESS_KEY_ID", ""),
            environment.get("AWS_SECRET_ACCESS_KEY", ""),
            environment.get("AWS_SESSION_TOKEN", ""),
        )


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs POST requests with a body and without a query."""

    credentials: Credentials
    region: str
    service: str

    def signed(self, path: str, headers: Mapping[str, str], body: bytes, moment: str) -> dict[str, str]:
        """Return the headers with those of the signature; `headers` has Host, `moment` is as in 20261127T155900Z."""
        token = {"X-Amz-Security-Token": self.credentials.session_token} if self.credentials.session_token else {}
        every = {**headers, "X-Amz-Date": moment, **token}
        lowered = sorted((name.lower(), " ".join(value.split())) for name, value in every.items())
        names = ";".join(name for name, _ in lowered)
        lines = "".join(f"{name}:{value}\n" for name, value in lowered)
        request = f"POST\n{path}\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
        scope = f"{moment[:8]}/{self.region}/{self.service}/aws4_request"
        text = f"{ALGORITHM}\n{moment}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        signature = hmac.digest(self._key(moment[:8]), text.encode(), "sha256").hex()
        credential = f"Credential={self.credentials.access_key_id}/{scope}"
        return {**every, "Authorization": f"{ALGORITHM} {credential}, SignedHeaders={names}, Signature={signature}"}

    def _key(self, day: str) -> bytes:
        """Return the key of a day (AWS: Create a signed AWS API request, step 4)."""
        key = f"AWS4{self.credentials.secret_access_key}".encode()
        for part in (day, self.region, self.service, "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        return key
