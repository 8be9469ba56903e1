"""The table of illnesses: one rule each; a package of small pure functions from history to symptom."""

from rivals.diagnosis.rules import data, players, samples
from rivals.diagnosis.rules.common import RULES, Rule

__all__ = ["RULES", "Rule", "data", "players", "samples"]
