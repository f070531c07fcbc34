"""Arbitrary and hostile input through the whole of `validate`: a finding or a clear error each, and never a traceback."""
