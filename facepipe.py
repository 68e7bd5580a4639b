"""The one program that people type; its verbs live in the parts that own them."""


def main() -> None:
    """Run the verb named on the command line."""
