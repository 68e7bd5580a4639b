"""Calls the function behind a URL, if the caller is allowed to, and converts the outcome to a response."""

from collections.abc import Callable, Container
from dataclasses import dataclass
from datetime import UTC, datetime

from emulator.aws.limits import PAYLOAD_BYTES
from emulator.function_url.event import Caller, Endpoint, Moment, Request, encode, to_event
from emulator.function_url.response import Response, forbidden, to_response, too_large, too_many
from emulator.function_url.signature import KeyPair, SignatureError, verify
from emulator.function_url.throttle import RequestRates
from emulator.invocation import Invocation, Invoker
from emulator.resources import FunctionUrl
from emulator.resources.permission import SIGNED


@dataclass(frozen=True, slots=True)
class UrlCalls:
    """Calls functions for requests to their URLs."""

    invoker: Invoker
    region: str
    account_id: str
    keys: KeyPair  #: the key pair that signs requests to URLs with AWS_IAM
    rates: RequestRates
    aliases: Container[str] = ()  #: the keys of all existing aliases

    async def call(
        self, url: FunctionUrl, request: Request, moment: Moment, *, on_payload: Callable[[bytes], None]
    ) -> Response:
        """Return the response to a request; `on_payload` is called with the event as soon as it is created."""
        caller, refused = self._caller(url, request, moment)
        if refused:
            return refused
        payload = encode(to_event(request, Endpoint(url.id, self.region, caller), moment))
        del request  # the event contains the body, so a waiting call keeps it in memory only once
        on_payload(payload)
        if len(payload) > PAYLOAD_BYTES:
            return too_large(len(payload))
        if excess := self.rates.excess(url.function):
            return too_many(excess)
        invocation = Invocation(url.function, moment.request_id, payload, moment.trace_id, qualifier=url.qualifier)
        return to_response(await self.invoker.invoke(invocation))

    def _caller(self, url: FunctionUrl, request: Request, moment: Moment) -> tuple[Caller | None, Response | None]:
        """Return who signed the request, and why it is refused (FU-24, FU-35)."""
        if url.qualifier and url.resource not in self.aliases:
            return None, forbidden(f"the alias {url.qualifier} of {url.function}, which the URL calls, was deleted")
        if url.not_granted:
            why = f"AuthType is NONE, but nobody was granted {' and '.join(url.not_granted)}; add for each an"
            return None, forbidden(f"{why} AWS::Lambda::Permission with that Action and Principal '*'")
        if url.auth_type != SIGNED:
            return None, None
        try:
            verify(request, self.keys, self.region, datetime.fromtimestamp(moment.time_s, UTC))
        except SignatureError as error:
            return None, forbidden(str(error))
        return Caller(self.keys.access_key_id, self.account_id), None
