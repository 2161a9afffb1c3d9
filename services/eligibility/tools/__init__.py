"""Eligibility's own commands: they open its store, platform up or not."""
