"""What writes the generated parts of the documentation, and its pictures."""
