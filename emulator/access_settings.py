"""The settings of who may call the emulator."""

from dataclasses import dataclass
from pathlib import Path

from emulator import setting_texts as texts
from emulator.setting import Setting, last_text, setting


@dataclass(frozen=True, slots=True)
class Access:
    """Who may call the emulator, besides this machine's programs and pages (docs/security.md)."""

    hosts: tuple[str, ...] = setting(
        (),
        Setting(
            "Another name of this machine, such as a tunnel's: requests to it and from its pages are allowed.",
            "--allow-host",
            "FACEPIPE_ALLOW_HOSTS",
            read=texts.hosts,
            write=list,
            split=str.split,
            metavar="HOST",
        ),
    )
    any_origin: tuple[str, ...] = setting(
        (),
        Setting(
            "A function with a URL that pages of every origin may call, as on AWS; * for all.",
            "--any-origin",
            "FACEPIPE_ANY_ORIGIN",
            read=tuple,
            write=list,
            split=str.split,
            metavar="FUNCTION",
        ),
    )
    key_file: Path | None = setting(
        None,
        Setting(
            "The file with the key for changing functions' variables from another user or machine; created if missing.",
            "--key-file",
            "FACEPIPE_KEY_FILE",
            read=last_text(texts.path),
            write=lambda path: [str(path)] if path else [],
            metavar="FILE",
        ),
    )
