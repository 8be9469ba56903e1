"""The studio's server: this machine alone, unless there is a password; nothing is fetched from elsewhere."""

from __future__ import annotations

import hmac
import logging
import os
import socket
import tempfile
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from rivals.errors import UsageError
from rivals.web.studio.shelf import Shelf

HOME = "127.0.0.1"
SHORTEST = 8
"""Characters of a password."""
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
"""What a browser may load: nothing from other hosts, whatever the page asks for."""
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)
QUIET = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "GRADIO_SHARE": "False",
}
"""Settings of the page's library: it reports nothing, and opens no tunnel."""


def serve(shelf: Shelf, *, host: str | None, port: int, password: str | None, say: Callable[[str], None]) -> None:
    """Serve the studio until it is interrupted.

    Args:
        shelf: of the models.
        host: to listen on; None for this machine alone.
        port: to listen on; 0 for any free one.
        password: that visitors are asked for.
        say: told the address.

    Raises:
        UsageError: where the library is missing, the port is taken, or others could come in without a password.
    """
    check(host, password)
    with tempfile.TemporaryDirectory(prefix="rivals-studio-") as uploads, _socket(host or HOME, port) as listening:
        os.environ.update(QUIET | {"GRADIO_TEMP_DIR": uploads})
        app = application(shelf, password=password, names=None if host else {HOME, "localhost"})
        import uvicorn

        class Server(uvicorn.Server):
            async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
                logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # to cut off what still waits is no error
                await super().shutdown(sockets)

        config = uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1, lifespan="on")
        say(f"http://{host or HOME}:{listening.getsockname()[1]}")
        Server(config).run(sockets=[listening])


def check(host: str | None, password: str | None) -> None:
    """Refuse to let others in without a password.

    Raises:
        UsageError: for a host without a password, or one that is soon guessed.
    """
    if host is not None and not password:
        raise UsageError(
            f"--host {host} lets others in: give --password, or set RIVALS_STUDIO_PASSWORD, or leave --host out"
        )
    if password is not None and len(password) < SHORTEST:
        raise UsageError(f"the password has {len(password)} characters: take at least {SHORTEST}")


def application(shelf: Shelf, *, password: str | None = None, names: set[str] | None = None) -> Any:
    """The studio as an ASGI application.

    Args:
        shelf: of the models.
        password: that visitors are asked for, under any name.
        names: of the host that a browser may ask for; None for all.

    Raises:
        UsageError: where the library is missing.
    """
    try:
        import gradio as gr
        from fastapi import FastAPI
    except ImportError:
        raise UsageError("the studio needs gradio: pip install 'rivals[studio]'") from None
    from rivals.web.studio import page, uploads

    def known(name: str, given: str) -> bool:
        return hmac.compare_digest(given.encode(), (password or "").encode())

    app = gr.mount_gradio_app(
        FastAPI(openapi_url=None), page.blocks(shelf), path="", auth=known if password else None,
        auth_message="Any name will do; the password is the one that the studio was started with.",
        max_file_size=uploads.MOST_BYTES, allowed_paths=[], show_error=False, ssr_mode=False, footer_links=[],
        theme=page.theme(), head=page.head(),
    )  # fmt: skip
    return Guard(app, names)


class Guard:
    """Answers only what the page itself asks, and tells browsers to load nothing from elsewhere.

    A page of another site can make a browser call this machine, under a name that points to it, too.

    Args:
        app: that is guarded.
        names: of the host that may be asked for; None for all.
    """

    def __init__(self, app: Any, names: set[str] | None) -> None:
        self.app, self.names = app, names

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass on, with headers, or refuse."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        told = {name: value.decode("latin-1") for name, value in scope["headers"]}
        host, origin = told.get(b"host", ""), told.get(b"origin")
        stranger = self.names is not None and urlsplit(f"//{host}").hostname not in self.names
        if stranger or (origin is not None and urlsplit(origin).netloc != host):
            await send({"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": b"The studio answers its own page only."})
            return

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *HEADERS]
            await send(message)

        await self.app(scope, receive, with_headers)


def _socket(host: str, port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except (OSError, OverflowError) as error:
        listening.close()
        why = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{host}:{port} cannot be listened on ({why}): name another --port or --host") from None
    return listening
