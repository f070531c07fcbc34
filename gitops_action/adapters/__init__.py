"""The only modules that talk to Git, GitHub, other programs and the runner."""
