"""What a push must know of a template: its parameters."""

from pathlib import Path

from facepipe.ship.stack_document import read_document


def defaults(template: Path) -> dict[str, str]:
    """Return every parameter with its default; "" where there is none."""
    parameters = read_document(template).get("Parameters") or {}
    return {name: str(entry.get("Default", "")) for name, entry in parameters.items()}
