"""How the help of verbs looks: plain text, which is read at 80 columns without a word cut off."""

from typing import Any

from typer.core import TyperGroup


class VerbGroup(TyperGroup):
    """A program, or a verb that has verbs; its help lists them by `rich_help_panel`, each with its whole sentence."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list of verbs, in sections; click's own would cut each sentence at the end of its line."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command and not command.hidden:
                section = getattr(command, "rich_help_panel", None) or "Commands"
                sections.setdefault(section, []).append((name, command.get_short_help_str(limit=1000)))
        width = max((len(name) for rows in sections.values() for name, _ in rows), default=0)
        for section, rows in sections.items():
            with formatter.section(section):
                formatter.write_dl([(name.ljust(width), text) for name, text in rows])
