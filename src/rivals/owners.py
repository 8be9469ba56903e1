"""One owner per parameter."""

from __future__ import annotations

from rivals.errors import UsageError
from rivals.game import Game


def check(game: Game) -> None:
    """Every trainable parameter of a game has exactly one owner.

    Raises:
        UsageError: naming the parameter and the players, if one is owned twice or by nobody.
    """
    owner: dict[int, str] = {}
    for name, player in game.players().items():
        for key, weight in player.net.named_parameters():
            if id(weight) in owner:
                raise UsageError(
                    f"parameter '{key}' of player '{name}' belongs to player '{owner[id(weight)]}' already: "
                    "make what they share a player of its own (rivals.game.Chain joins it to each)"
                )
            owner[id(weight)] = name
    averages = {id(p) for player in game.players().values() if player.average for p in player.average.parameters()}
    for key, weight in game.named_parameters():
        if weight.requires_grad and id(weight) not in owner and id(weight) not in averages:
            raise UsageError(f"parameter '{key}' belongs to no player, so nothing would ever move it")
