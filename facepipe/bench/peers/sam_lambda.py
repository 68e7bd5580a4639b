"""Lambda's API in front of SAM: each function runs in a `sam local` of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from facepipe.bench.peers.ministack_peer import wait_for_port
from facepipe.bench.peers.sam_images import build_functions_image, own_name
from facepipe.bench.peers.sam_peer import API, IMAGE, INVOKE, SamPeer, http_event, sam_function, template_of
from facepipe.bench.peers.served_lambda import FunctionEnds, ServedFunction, ServedLambda

NAME = "Function"


class SamLambda(ServedLambda):
    """Functions behind an HTTP API, or behind Lambda's Invoke: `sam local` serves one of both."""

    def __init__(self, peer: SamPeer, folder: Path) -> None:
        super().__init__(peer.name, folder)
        self._peer = peer

    @contextmanager
    def serving(self, function: ServedFunction) -> Iterator[FunctionEnds]:
        """Run a function."""
        build_functions_image(function.folder, f"{IMAGE}-checked")
        with own_name(f"{IMAGE}-checked") as image:
            resource = sam_function(image, function.handler, function.timeout_s, function.variables)
            if function.has_url:
                resource["Properties"]["Events"] = http_event("/", "ANY")
            template = template_of({NAME: resource})
            with self._peer.serving(API if function.has_url else INVOKE, template, function.folder) as (port, process):
                wait_for_port(port, process)
                endpoint = f"http://127.0.0.1:{port}"
                yield FunctionEnds(f"{endpoint}/", endpoint, NAME)
