"""Creates the gates of all ports, and divides the descriptors of this process among them."""

from collections.abc import Collection
from dataclasses import dataclass

from emulator.edge import descriptors
from emulator.edge.admission import AdmissionRules
from emulator.edge.bodies import BodyMemory
from emulator.edge.connections import Connections
from emulator.edge.gate import Gate

PORTS, PASSING_ON = 4, 2  #: all function URLs count as one port; the queue port and functions' endpoint forward calls


@dataclass(frozen=True, slots=True)
class Edge:
    """Creates the gates of one emulator's ports."""

    hosts: Collection[str]  #: that the user allows
    connections: int  #: at each port

    @classmethod
    def of(cls, hosts: Collection[str] = ()) -> "Edge":
        """Return the edge of this process."""
        return cls(hosts, descriptors.connections_per_port(descriptors.limit(), PORTS, PASSING_ON))

    def gate(self, most_bytes: int, *, navigable: bool = False) -> Gate:
        """Return the gate of one port, or of several ports that share it, for bodies up to a size.

        `navigable`: other pages may link to it.
        """
        return Gate(
            AdmissionRules(self.hosts, navigable=navigable), Connections(self.connections), most_bytes, BodyMemory()
        )
