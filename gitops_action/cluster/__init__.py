"""What is known of any API server, whoever talks to it: its kinds, its answers, and in which order it takes objects."""
