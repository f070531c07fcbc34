"""Files of a repository: reading, positions, classification, what changed."""
