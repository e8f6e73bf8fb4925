"""Bytes in, bytes out: lines, prefixes, colours, JSON, the last lines. No file descriptor here."""
