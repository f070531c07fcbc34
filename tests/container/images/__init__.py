"""Docker for the container tests: a daemon where none runs, and stand-ins for base images that cannot be pulled."""
