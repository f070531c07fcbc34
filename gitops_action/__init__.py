"""Check, promote and deploy Kubernetes configuration that is kept in Git."""

__version__ = "0.1.0"
