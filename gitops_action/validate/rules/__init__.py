"""What the API server rejects beyond its schemas: one module per part of the API, each rule after its upstream check."""
