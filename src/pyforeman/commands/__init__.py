"""One click command per file, imported when it is called."""
