"""The gates of all ports: what they have in common, and how they share the descriptors of this process."""

from collections.abc import Collection
from dataclasses import dataclass

from emulator.edge import descriptors
from emulator.edge.admission import Door
from emulator.edge.bodies import BodyMemory
from emulator.edge.connections import Connections
from emulator.edge.gate import Gate

PORTS, PASSING_ON = 4, 2  #: all function URLs count as one; the queue port and the functions' endpoint pass calls on


@dataclass(frozen=True, slots=True)
class Edge:
    """Makes the gates of one emulator's ports."""

    hosts: Collection[str]  #: that the user allows
    connections: int  #: at each port

    @classmethod
    def of(cls, hosts: Collection[str] = ()) -> "Edge":
        """Return the edge of this process."""
        return cls(hosts, descriptors.connections_per_port(descriptors.limit(), PORTS, PASSING_ON))

    def gate(self, most_bytes: int, *, navigable: bool = False) -> Gate:
        """Return the gate of one port, or of several that share it, which takes bodies up to a size.

        `navigable`: links of other pages may lead there.
        """
        return Gate(Door(self.hosts, navigable=navigable), Connections(self.connections), most_bytes, BodyMemory())
