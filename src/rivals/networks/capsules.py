"""A critic that ends in capsules."""

from __future__ import annotations

import math

from torch import nn

from rivals.data.specs import Images
from rivals.errors import UsageError
from rivals.networks import dcgan
from rivals.nn.capsules import Lengths, Primary, Routed

SIZE, WIDE = 8, 16
"""Numbers in a capsule before and after routing, as in Sabour et al. 2017, arXiv:1710.09829."""


def critic(data: Images, width: int = 64, outputs: int = 1, passes: int = 3) -> nn.Sequential:
    """Pictures (N, C, H, W) -> lengths of `outputs` capsules (N, outputs), in [0, 1).

    The DCGAN's convolutions, whose smallest map is cut into capsules; these are routed to the last ones.

    Args:
        data: pictures.
        width: channels of the first hidden map.
        outputs: capsules at the end.
        passes: of routing, at least 1.

    Raises:
        UsageError: where the channels of the smallest map make no whole capsules, or for no pass.
    """
    channels = dcgan.trunk_width(data.height, data.width, width)
    if channels % SIZE or passes < 1:
        raise UsageError(
            f"capsules need a width whose smallest map, here {channels} channels, is a multiple of {SIZE}, and at "
            f"least 1 pass of routing, not {passes}"
        )
    count = channels // SIZE * math.prod(dcgan.sizes(data.height, data.width)[-1])
    body = dcgan.initialised(dcgan.features(*data.shape, base=width))
    return nn.Sequential(*body, Primary(SIZE), Routed(count, outputs, SIZE, WIDE, passes), Lengths())
