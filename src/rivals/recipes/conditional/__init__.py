"""Conditional, disentangled, semi-supervised."""
