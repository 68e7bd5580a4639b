"""Decides which pages in a browser may call a function URL, and which of them may read its answers.

On AWS a page of any origin can run a function; the browser only withholds the answer. Here the function does not run,
because an unknown page must not reach a developer's function (docs/security.md). A page of this machine may also read
the answer, where AWS would require a Cors block; the log says so.
"""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from emulator.edge.admission import ANY_ORIGIN, AdmissionRules, Provenance, is_of_this_machine
from emulator.function_url.cors import ALLOW_ORIGIN, is_preflight
from emulator.function_url.response import Response
from emulator.resources import FunctionUrl

log = logging.getLogger(__name__)

_CURE = (
    "name it in AllowOrigins of the URL's Cors, or start the emulator with --allow-host {host}, or, to let every page"
    " run the function as AWS does, with --any-origin "
)


@dataclass(frozen=True, slots=True)
class PageAccess:
    """The pages that may call function URLs."""

    hosts: Collection[str] = ()  #: the further hosts that the user allows
    any_origin: Collection[str] = ()  #: the functions that every page may call; ANY_ORIGIN stands for all
    _warned: set[tuple[str, str]] = field(default_factory=set)

    def rules(self, url: FunctionUrl) -> AdmissionRules:
        """Return which requests the URL allows."""
        is_open = not {url.function, ANY_ORIGIN}.isdisjoint(self.any_origin)
        named = url.cors.allow_origins if url.cors else ()
        return AdmissionRules(
            self.hosts, (ANY_ORIGIN,) if is_open else named, navigable=True, cure=_CURE + url.function
        )

    def allow_local_page(
        self, url: FunctionUrl, request: Provenance, headers: Mapping[str, str], answer: Response
    ) -> Response:
        """Return an answer that a page of this machine may read, even if no Cors setting allows it.

        A function without support for preflights refuses them, because of the method or the missing body.
        """
        if not request.origin or any(name == ALLOW_ORIGIN for name, _ in answer.headers):
            return answer
        if not is_of_this_machine(request, self.rules(url)):
            return answer
        self._warn(url, request.origin)
        kept = [(name, value) for name, value in answer.headers if not name.startswith("access-control-")]
        allowed = [(ALLOW_ORIGIN, request.origin), ("vary", "Origin")]
        if not is_preflight(request.method, headers):
            return replace(answer, headers=(*kept, *allowed))
        methods = headers.get("access-control-request-method", "")
        wanted = headers.get("access-control-request-headers", "")
        allowed += [("access-control-allow-methods", methods), ("access-control-allow-headers", wanted)]
        return Response(200, tuple((name, value) for name, value in allowed if value), b"")

    def _warn(self, url: FunctionUrl, origin: str) -> None:
        if (url.function, origin) not in self._warned and len(self._warned) < 1_000:
            self._warned.add((url.function, origin))
            log.warning(
                "%s: pages of %s may read the answers here, because they are of this machine; on AWS only if the URL"
                " has Cors with this origin in AllowOrigins, or the function sends the header itself",
                url.function,
                ascii(origin)[1:-1],
            )
