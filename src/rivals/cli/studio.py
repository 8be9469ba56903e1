"""The command `rivals studio`."""

from __future__ import annotations

from typing import Annotated

import typer

studio_app = typer.Typer()


@studio_app.command()
def studio(
    models: Annotated[
        str, typer.Argument(metavar="[RUN]", help="A run, a saved model, hub:USER/NAME, or a folder of runs.")
    ] = "runs",
    host: Annotated[
        str | None, typer.Option(help="Let others in at this address; needs a password. By default 127.0.0.1 only.")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 for any free one.")] = 7860,
    password: Annotated[
        str | None,
        typer.Option(envvar="RIVALS_STUDIO_PASSWORD", help="Asked of every visitor, at least 8 characters."),
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    recipe: Annotated[
        str | None, typer.Option("--recipe", help="file.py:function, where the recipe is not installed.")
    ] = None,
) -> None:
    """Open a page on this machine on which trained models do what they can, and runs are watched."""
    from rivals.preparing import chosen_device
    from rivals.web.studio import server
    from rivals.web.studio.shelf import Shelf

    server.check(host, password)
    shelf = Shelf(models, recipe=recipe, device=str(chosen_device(device)))

    def say(address: str) -> None:
        found = f"{len(shelf.names)} models" if len(shelf.names) > 1 else shelf.names[0]
        print(f"studio of {found} at {address} (Ctrl-C ends it)", flush=True)

    server.serve(shelf, host=host, port=port, password=password, say=say)
