"""What can go wrong, sorted by whose move is next: the user's command line, the data, or the training itself."""

from __future__ import annotations


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
