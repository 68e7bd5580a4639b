"""Decides which requests are allowed, by the headers that name their origin.

A browser names the page that sends a request: in Origin, or at least in Sec-Fetch-Site. Programs send neither header,
and are allowed. Everything here is a pure function of headers; docs/security.md has the rules as a table.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from emulator.edge.hosts import address_in, host_in, is_loopback, is_ours

ANY_ORIGIN = "*"
OWN_SITE = ("same-origin", "none")  #: Sec-Fetch-Site for a port's own pages, and for an address that the user typed
_SHOWN_CHARACTERS = 100  #: the most characters of a header that a message shows


@dataclass(frozen=True, slots=True)
class Provenance:
    """The headers that name a request's origin; a missing header is empty."""

    method: str
    host: str = ""
    origin: str = ""
    site: str = ""  #: Sec-Fetch-Site
    mode: str = ""  #: Sec-Fetch-Mode
    destination: str = ""  #: Sec-Fetch-Dest

    @classmethod
    def read(cls, method: str, headers: Mapping[str, str]) -> "Provenance":
        """Read them from a request's headers; the case of header names does not matter."""

        def header(name: str) -> str:
            return headers.get(name, "").strip()

        site, mode, destination = header("sec-fetch-site"), header("sec-fetch-mode"), header("sec-fetch-dest")
        return cls(method, header("host"), header("origin"), site, mode, destination)

    @property
    def is_navigation(self) -> bool:
        """Whether a browser opens the answer as a page in a tab: the page with the link cannot read it."""
        return self.method == "GET" and (self.mode, self.destination) == ("navigate", "document")


@dataclass(frozen=True, slots=True)
class AdmissionRules:
    """The requests that one port, or one function URL, allows."""

    hosts: Collection[str] = ()  #: the hosts that the user allows, besides those that are always allowed
    origins: Collection[str] = ()  #: of pages that may call, besides those of this machine; may have ANY_ORIGIN
    navigable: bool = False  #: links of other pages may lead here
    cure: str = "start the emulator with --allow-host {host}"  #: of a foreign page


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is refused, and what to do about it."""

    reason: str
    cure: str

    def __str__(self) -> str:
        """Return the reason and the cure in one line."""
        return f"{self.reason}; {self.cure}"


def refusal(request: Provenance, rules: AdmissionRules) -> Refusal | None:
    """Return why a request is refused; None if it is allowed."""
    host = host_in(request.host)
    if host and not is_ours(host, rules.hosts):
        shown = _shown(host)
        cure = f"if this name is a tunnel or proxy of yours, start the emulator with --allow-host {shown}"
        return Refusal(f"the Host header names {shown}, which is not known as a name of this machine", cure)
    if request.origin:
        return _refused_origin(request, rules)
    if not request.site or request.site in OWN_SITE or _is_same_site(request.site, host):
        return None
    if rules.navigable and request.is_navigation:
        return None
    return Refusal(
        f"a browser sent this for a page of another site (Sec-Fetch-Site: {_shown(request.site)})",
        "call it with fetch() from a page of this machine, which sends an Origin, or open the address itself",
    )


def is_of_this_machine(request: Provenance, rules: AdmissionRules) -> bool:
    """Return whether the page that sent a request is one of this machine's, or of a host that the user allows."""
    host = _origin_host(request.origin)
    return is_loopback(host) or host in rules.hosts


def _refused_origin(request: Provenance, rules: AdmissionRules) -> Refusal | None:
    named = ANY_ORIGIN in rules.origins or request.origin in rules.origins
    if named or is_of_this_machine(request, rules) or _is_same_origin(request):
        return None
    if request.origin == "null":
        return Refusal(
            "the page that sent this has no origin (Origin: null): it is a local file, or in a sandboxed frame",
            "serve the page over HTTP from this machine, for example with python3 -m http.server",
        )
    shown = _shown(request.origin)
    cure = rules.cure.format(host=_shown(_origin_host(request.origin)), origin=shown)
    return Refusal(f"pages of {shown} may not call this", cure)


def _is_same_origin(request: Provenance) -> bool:
    """Return whether the page came from the port that it calls, whose Host is allowed."""
    scheme, separator, authority = request.origin.lower().partition("://")
    return bool(separator) and scheme in ("http", "https") and authority == request.host.lower()


def _is_same_site(site: str, host: str) -> bool:
    """Return whether the page came from another port of this same host; other hosts of one site may be untrusted."""
    return site == "same-site" and (is_loopback(host) or address_in(host) is not None or "." not in host)


def _origin_host(origin: str) -> str:
    scheme, separator, authority = origin.lower().partition("://")
    return host_in(authority) if separator and scheme in ("http", "https") else ""


def _shown(text: str) -> str:
    """Return a header for a message: in ASCII, on one line, and not too long."""
    return ascii(text[:_SHOWN_CHARACTERS])[1:-1]
