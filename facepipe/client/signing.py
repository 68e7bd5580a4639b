"""Signs requests to a function URL with AuthType AWS_IAM: AWS Signature Version 4, by botocore."""

from collections.abc import Generator

import boto3
import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from facepipe.client.endpoints import EndpointError, Endpoints

SERVICE = "lambda"


class Signature(httpx.Auth):
    """Signs each request anew, with credentials that renew themselves where they are temporary."""

    requires_request_body = True

    def __init__(self, credentials: Credentials, region: str) -> None:
        self._credentials = credentials
        self._region = region

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign the host, the body and what says what the body is: proxies may change the rest."""
        headers = {name: request.headers[name] for name in ("host", "content-type") if name in request.headers}
        plain = AWSRequest(request.method, str(request.url), headers=headers, data=request.content)
        SigV4Auth(self._credentials.get_frozen_credentials(), SERVICE, self._region).add_auth(plain)
        request.headers.update(dict(plain.headers))
        yield request


def signature(endpoints: Endpoints) -> Signature | None:
    """Return what signs requests to this pipeline; None where nobody asks for it."""
    if not endpoints.signed:
        return None
    credentials = boto3.Session().get_credentials()
    if credentials is None:
        raise EndpointError(
            f"{endpoints.url} takes signed requests only, and there are no credentials: set AWS_PROFILE,"
            " or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        )
    return Signature(credentials, endpoints.region)
