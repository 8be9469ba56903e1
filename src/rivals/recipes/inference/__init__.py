"""Inference and likelihood."""
