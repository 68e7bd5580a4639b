"""What an error of the system means for a user, and what to do about it."""

import contextlib
import errno
import shutil
import tempfile
from pathlib import Path

from facepipe.paths import HOME_VARIABLE, Paths

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_NO_RIGHT = (errno.EACCES, errno.EPERM, errno.EROFS)
_ROOM_BYTES = 1 << 20  #: a disk with less is full: what was to be written may have been larger than what is left
_NO_DESCRIPTOR = (errno.EMFILE, errno.ENFILE)


def in_one_line(error: OSError, paths: Paths) -> str:
    """Return what is wrong with which file, and the cure where there is one."""
    problem = f"{error.filename or _full_places(error, paths) or 'the system'}: {error.strerror or error}"
    cure = _cure(error, paths)
    return f"{problem}; {cure}" if cure else problem


def _cure(error: OSError, paths: Paths) -> str:
    if error.errno in _NO_ROOM:
        return "make room on its disk, and run this again"
    if error.errno in _NO_DESCRIPTOR:
        return "this process may have no more files open: raise the limit with `ulimit -n 4096`"
    file = Path(error.filename).absolute() if isinstance(error.filename, str) else None
    if file is None:
        return ""
    if error.errno in _NO_RIGHT:
        elsewhere = f"have facepipe keep its files elsewhere: {HOME_VARIABLE}=FOLDER"
        return f"get the right to write there, or {elsewhere if _is_below(file, paths.var) else 'name another place'}"
    made = (paths.models, paths.samples)
    if error.errno == errno.ENOENT and any(_is_below(file, folder) for folder in made):
        return "run `facepipe models`, which makes what is missing there"
    return ""


def _full_places(error: OSError, paths: Paths) -> str:
    """Return the folders whose disks are full, if that is the error: one that comes from a write names no file."""
    if error.errno not in _NO_ROOM:
        return ""
    var = next(folder for folder in (paths.var, *paths.var.absolute().parents) if folder.is_dir())
    folders = [str(var)]
    with contextlib.suppress(OSError):  # no folder for temporary files has room, or the current one was deleted
        folders += [tempfile.gettempdir(), str(Path.cwd())]
    return " and ".join(folder for folder in dict.fromkeys(folders) if shutil.disk_usage(folder).free < _ROOM_BYTES)


def _is_below(file: Path, folder: Path) -> bool:
    return file.is_relative_to(folder.absolute())
