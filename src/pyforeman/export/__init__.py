"""The plan as the configuration of another process manager: files as data, for a command to write."""
