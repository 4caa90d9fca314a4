"""Video in, sound track out."""
