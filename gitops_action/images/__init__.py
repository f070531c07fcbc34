"""Image updates: which newer image a policy picks, where it is written, and what to edit; plain values, no effects."""
