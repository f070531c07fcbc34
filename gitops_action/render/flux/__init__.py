"""What Flux makes of a folder before it applies it."""
