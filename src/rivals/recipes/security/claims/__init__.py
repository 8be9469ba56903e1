"""What the papers claim, beside the recipes that they are of."""
