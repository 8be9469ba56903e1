"""What theory says of small games, as plain functions: no network, no run, no data."""
