"""Decisions, retrieval, graphs, tables."""
