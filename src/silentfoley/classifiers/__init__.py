"""Features to class, onset and strength."""
