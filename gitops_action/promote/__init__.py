"""Promotion: what of a change in one environment goes into another, and how it is written there. Pure."""
