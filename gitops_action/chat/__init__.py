"""Orders in comments on pull requests: what they say and who may give them. Pure."""
