"""Adversarial examples: `rivals.attacks.pgd(model, x, y, epsilon=0.3)` and its like, on any classifier.

Every attack is a plain function (model, x, y, target=None, options) -> adversarial samples, and is found by name in
`ATTACKS`. Models are never changed; samples lie in their bounds and balls exactly.
"""

from rivals.attacks.apgd import apgd as apgd
from rivals.attacks.attack import ATTACKS as ATTACKS
from rivals.attacks.attack import Attack as Attack
from rivals.attacks.auto import autoattack as autoattack
from rivals.attacks.boundary import boundary as boundary
from rivals.attacks.carlini import cw as cw
from rivals.attacks.deepfool import deepfool as deepfool
from rivals.attacks.eot import eot as eot
from rivals.attacks.fab import fab as fab
from rivals.attacks.fgsm import bim as bim
from rivals.attacks.fgsm import fgsm as fgsm
from rivals.attacks.nes import nes as nes
from rivals.attacks.pgd import pgd as pgd
from rivals.attacks.square import square as square
from rivals.attacks.transfer import Transfer as Transfer
from rivals.attacks.transfer import transfer as transfer
from rivals.attacks.transforms import Views as Views
from rivals.attacks.universal import universal as universal
from rivals.attacks.victim import Victim as Victim
