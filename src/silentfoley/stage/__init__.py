"""The procedural laboratory: acts with exact event times, picture and sound."""
