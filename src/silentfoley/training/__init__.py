"""Configuration to objects to fit to record."""
