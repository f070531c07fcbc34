"""Deploying what Git says: order, health, inventory, Flux's conditions, records, drift, rollbacks. Pure."""
