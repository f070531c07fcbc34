"""What would change, and nothing secret."""
