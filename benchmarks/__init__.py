"""Ours beside the peers: whole processes, alternating, ratios of medians. `make bench` runs all of them."""
