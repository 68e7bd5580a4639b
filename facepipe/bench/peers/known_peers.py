"""The peers that can be measured, in the order of the table's columns."""

from pathlib import Path

from facepipe.bench.peers.bare_hops import BareHops
from facepipe.bench.peers.facepipe_peer import FacepipePeer
from facepipe.bench.peers.localstack_peer import LocalStackPeer
from facepipe.bench.peers.measured_peer import Peer
from facepipe.bench.peers.ministack_peer import MinistackPeer
from facepipe.bench.peers.queue_servers import ElasticMqPeer, MotoPeer
from facepipe.bench.peers.sam_peer import SamPeer
from facepipe.bench.peers.serverless_peer import ServerlessPeer

OWN = ("facepipe", "facepipe-rie", "facepipe-elasticmq")
LEAST = "bare-hops"  #: no peer, but the least that a Function URL can take


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
        LocalStackPeer(environments),
        SamPeer(environments),
        BareHops(),
    )
    return {peer.name: peer for peer in peers}
