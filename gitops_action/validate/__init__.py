"""Engines that judge manifests."""
