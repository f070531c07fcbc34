"""What can be wrong with a manifest: one function per kind of mistake, each making it at one place."""
