"""`fabriques selection`: the allocator and the verifier on plain files, and the report of a wave."""
