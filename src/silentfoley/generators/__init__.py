"""Cues or a Perception to sound."""
