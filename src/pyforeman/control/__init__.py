"""Talking to a running formation: where its socket is, what is said there, who answers."""
