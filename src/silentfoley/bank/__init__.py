"""Recordings cut into takes, licences carried."""
