"""The command line: one verb of the way of the data, one command."""
