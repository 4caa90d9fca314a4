"""The command line: one name, sub-commands, one line of result."""
