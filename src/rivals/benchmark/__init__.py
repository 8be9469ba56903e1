"""Grids of trainings: comparison, leaderboards, reproductions."""
