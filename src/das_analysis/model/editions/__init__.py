"""Outlines of the editions of the model that were released, by version."""
