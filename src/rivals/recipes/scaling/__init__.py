"""Architectures that scale images."""
