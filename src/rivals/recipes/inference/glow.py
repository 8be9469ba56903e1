"""A density by an invertible network whose channels a learned matrix mixes."""

from __future__ import annotations

from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.game import Player
from rivals.networks import flows
from rivals.nn.flows import Scale
from rivals.optim import adam
from rivals.recipes.inference.realnvp import NormalizingFlow


@recipe(
    "glow",
    paper=Paper("Glow: Generative Flow with Invertible 1x1 Convolutions", 2018, "1807.03039"),
    data=("points", "images"),
    kind="likelihood",
    batch=64,
    steps=10_000,
    tiny={"width": 4, "depth": 1},
)
def glow(
    data: Points | Images,
    *,
    width: int = 64,
    depth: int = 8,
    levels: int = 2,
    scale: Scale = "tanh",
    temperature: float = 1.0,
    rate: float = 1e-3,
    average: float = 0.0,
) -> NormalizingFlow:
    """Steps of actnorm, invertible 1×1 convolution and affine coupling; table 1.

    log p(x) = log N(f(x)) + Σ log |det|; of actnorm H W Σ s, of the mixing H W log |det W|, of a coupling Σ s.

    Args:
        data: points, or pictures with sides that halve `levels` times.
        width: of the couplings' networks, see `rivals.networks.flows.coupled`.
        depth: steps of a level, K.
        levels: L, of pictures.
        scale: how couplings bound their log-scale; the authors' "sigmoid" can blow samples up early in training.
        temperature: of samples, section 6: standard deviation of the noise that they are made from.
        rate: Adam's.
        average: half-life of the averaged weights in reals; 0 keeps none.

    Raises:
        UsageError: for sides that do not halve, or counts below 1.

    Deviations: 1. W itself, with its determinant computed, for its LU factors: the channels are few. 2. Couplings
    have no actnorm inside. 3. Much smaller networks than the paper's 512 maps and K of 32. 4. RealNVP's
    bound of the scales by default.
    """
    net = flows.glow(data, width, depth, levels, scale)
    return NormalizingFlow(Player(net, adam(rate), average=average or None, clip=100.0), data, temperature)
