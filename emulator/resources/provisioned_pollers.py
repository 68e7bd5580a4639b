"""`ProvisionedPollerConfig`: the provisioned mode of an event source mapping from a queue (ES-48)."""

from dataclasses import dataclass

from emulator.aws import limits
from emulator.properties import Properties, RefusalError

MINIMUM, MAXIMUM = "MinimumPollers", "MaximumPollers"


@dataclass(frozen=True, slots=True)
class ProvisionedPollers:
    """How many event pollers a mapping has at least and at most."""

    minimum: int = limits.MINIMUM_POLLERS.default
    maximum: int = limits.MAXIMUM_POLLERS.default

    @classmethod
    def read(cls, block: Properties | None) -> "ProvisionedPollers | None":
        """Read the block; None if it is missing or empty. In an update, an empty block ends the provisioned mode."""
        if block is None or not block.values:
            return None
        least = block.integer(MINIMUM, limits.MINIMUM_POLLERS)
        most = block.integer(MAXIMUM, limits.MAXIMUM_POLLERS)
        block.finish()
        if least > most:
            words = f"{MINIMUM} ({least}) must not be greater than {MAXIMUM} ({most})"
            raise RefusalError(block.path, words)
        return cls(least, most)

    def describe(self) -> dict[str, int]:
        """Return the block from which `read` would make this."""
        return {MINIMUM: self.minimum, MAXIMUM: self.maximum}
