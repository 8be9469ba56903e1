"""SIGTERM as a second kind of Ctrl-C, while a grid runs."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Terminated(KeyboardInterrupt):
    """SIGTERM came."""

    signal = int(signal.SIGTERM)


@contextmanager
def stoppable() -> Iterator[None]:
    """Raise `Terminated` on SIGTERM, so that it stops as cleanly as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: Any) -> None:
        raise Terminated

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
