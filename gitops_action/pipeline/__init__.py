"""The jobs: they tie the pure middle to the edges, and give a Report."""
