"""Manifests, splits, feature cache, batches, datamodules."""
