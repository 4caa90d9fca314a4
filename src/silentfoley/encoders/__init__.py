"""Pictures to features on columns."""
