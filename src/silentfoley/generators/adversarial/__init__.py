"""Generators trained against a discriminator, under Lightning."""
