"""Decides by its name whether a file counts as part of a function."""

#: folders that tools make, or in which programs keep their own files
NOT_COUNTED_FOLDERS = frozenset(
    {
        "__pycache__",
        "__pypackages__",
        "node_modules",
        "site-packages",
        "venv",
        "virtualenv",
        "htmlcov",
        "cdk.out",
    }
)
#: ends of the names of bytecode, logs, databases at work, and files that editors keep beside the edited one
NOT_COUNTED_ENDS = (
    ".pyc",
    ".pyo",
    ".log",
    ".pid",
    ".lock",
    ".tmp",
    ".temp",
    ".swp",
    ".swo",
    ".swx",
    ".bak",
    ".orig",
    ".sqlite",
    ".sqlite-wal",
    ".sqlite-shm",
    ".sqlite-journal",
    ".db",
    "-journal",
    "~",
    "4913",  # Vim writes this file to find out whether it may write into a folder
)


def is_counted_folder(name: str) -> bool:
    """Return whether the files of a folder count. Hidden folders, such as .git and .venv, do not."""
    return not name.startswith(".") and name not in NOT_COUNTED_FOLDERS and not name.endswith(".egg-info")


def is_counted_file(name: str) -> bool:
    """Return whether a file counts. Hidden files do not, except .env, which programs read."""
    return (not name.startswith((".", "#")) or name == ".env") and not name.endswith(NOT_COUNTED_ENDS)


def is_counted_name(name: str) -> bool:
    """Return whether something with this name may count, be it a file or a folder."""
    return is_counted_file(name) and name not in NOT_COUNTED_FOLDERS
