"""Recipes: one paper a file, in the sections of the literature."""
