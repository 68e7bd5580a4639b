"""The peers that can be measured, in the order of the table's columns."""

from pathlib import Path

from facepipe.bench.peers.bare_hops import BareHops
from facepipe.bench.peers.container_peers import ImagePeer
from facepipe.bench.peers.facepipe_peer import FacepipePeer
from facepipe.bench.peers.measured_peer import Peer
from facepipe.bench.peers.measured_project import RUNTIME
from facepipe.bench.peers.ministack_peer import MinistackPeer
from facepipe.bench.peers.queue_servers import ElasticMqPeer, MotoPeer
from facepipe.bench.peers.serverless_peer import ServerlessPeer

OWN = ("facepipe", "facepipe-rie", "facepipe-elasticmq")
LEAST = "bare-hops"  #: no peer, but the least that a Function URL can take
AWS_IMAGE = f"public.ecr.aws/lambda/{RUNTIME.replace('python', 'python:')}"


def known_peers(var: Path) -> dict[str, Peer]:
    """Return each peer by its name; `var` has their environments."""
    environments = var / "peers"
    peers: tuple[Peer, ...] = (
        FacepipePeer(OWN[0]),
        FacepipePeer(OWN[1], engine="rie"),
        FacepipePeer(OWN[2], with_elasticmq=True),
        MinistackPeer(environments),
        ServerlessPeer(environments),
        MotoPeer(environments),
        ElasticMqPeer(),
        ImagePeer("localstack", "localstack/localstack:4", "it is published as an image only"),
        ImagePeer("sam-local", AWS_IMAGE, "it runs functions in AWS's base image"),
        BareHops(),
    )
    return {peer.name: peer for peer in peers}
