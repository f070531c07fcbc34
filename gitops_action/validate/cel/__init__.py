"""The rules of custom resources, `x-kubernetes-validations`, evaluated as the API server does."""
