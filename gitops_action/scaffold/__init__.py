"""What a new repository, or one that takes gitops-action up, gets: texts of files by path, and how they are shown."""
