"""What can go wrong, sorted by whose move is next: the user's command line, the data, or the training itself."""

from __future__ import annotations

import errno

MEND = {
    errno.ENOSPC: "make room on that disk",
    errno.EDQUOT: "make room in your quota",
    errno.EFBIG: "raise the limit on a file's size (ulimit -f)",
    errno.EMFILE: "raise the limit on open files (ulimit -n)",
    errno.ENFILE: "close other programs: the whole machine has too many files open",
    errno.EACCES: "name a place that you may read and write",
    errno.EPERM: "name a place that you may read and write",
    errno.EROFS: "name a place that can be written",
    errno.ENOTDIR: "name a folder whose parents are folders",
    errno.EIO: "look at the disk, which does not answer",
}
"""What the system refused -> what to do about it."""

STARVED = {errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM}
"""What the system refuses for reasons of its own: it says nothing about the file that was asked for."""


class RivalsError(Exception):
    """Something failed for a reason that a sentence can tell; the command line prints it and exits 1."""


class UsageError(RivalsError, ValueError):
    """The call itself is wrong (an unknown name, an ill-typed option); the command line exits 2."""


class NonFinite(RivalsError):
    """A loss or a gradient became NaN or infinite; the update was masked and the last good checkpoint kept."""


class Interrupted(RivalsError):
    """The run was asked to stop, finished its step and saved.

    Args:
        message: where it stands.
        signal: the signal that asked, 2 for Ctrl-C, 15 for SIGTERM.
    """

    def __init__(self, message: str, signal: int = 2) -> None:
        super().__init__(message)
        self.signal = signal


def told(error: OSError) -> str:
    """What the system refused, where, and what to do about it, as one sentence."""
    where = f"{error.filename}: " if error.filename else ""
    mend = MEND.get(error.errno or 0, "mend that, then give the same command again")
    return f"{where}{(error.strerror or str(error) or type(error).__name__).lower()}: {mend}"
