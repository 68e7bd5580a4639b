"""Hints for errors in a function's output whose cause lies in where the function runs, not in its code."""

import re
from dataclasses import dataclass, field

#: how Python, curl, Node.js, Go and Java report a name that cannot be resolved, and boto3 an address of AWS
UNRESOLVED = re.compile(
    r"gaierror|NameResolutionError|Temporary failure in name resolution|Name or service not known"
    r"|nodename nor servname|No address associated with hostname|Could not resolve host|getaddrinfo (?:ENOTFOUND|EAI)"
    r'|lookup \S+:? no such host|UnknownHostException|Could not connect to the endpoint URL: "https?://[^"]*amazonaws\.com'
)
_NAME = re.compile(
    r"host='([^'\s]{1,253})'|(?:resolve host:|ENOTFOUND|UnknownHostException:|lookup) ([\w.-]{1,253})"
    r'|endpoint URL: "https?://([\w.-]{1,253})'
)
OF_AWS = "amazonaws.com"
NO_NAMES_HERE = "this machine does not know it: is it connected, and is the name right?"
NO_NAMES_IN_CONTAINERS = (
    "containers of functions have no way out. Put what is loaded, such as weights, into the image; or give them a way"
    " out: --network NAME of `facepipe up --docker`, or a network for it in compose.yaml (docs/containers.md)"
)
AWS_IS_HERE = "AWS is at AWS_ENDPOINT_URL here: leave out endpoint_url in the code"


@dataclass(frozen=True, slots=True)
class OutputHints:
    """Finds errors in lines of output. Each function gets a hint once."""

    no_names: str = NO_NAMES_HERE  #: what is said of a name that cannot be resolved
    _given: set[str] = field(default_factory=set)

    def of(self, function: str, line: str) -> str:
        """Return the hint for a line; empty if there is none, or the function has had it."""
        if function in self._given or not UNRESOLVED.search(line):
            return ""
        self._given.add(function)
        match = _NAME.search(line)
        name = next((group for group in match.groups() if group), "") if match else ""
        cure = AWS_IS_HERE if name.endswith(OF_AWS) else self.no_names
        return f"the function waits for a name that cannot be resolved{f', {name}' if name else ''}: {cure}"
