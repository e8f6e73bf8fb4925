"""pyforeman runs what a Procfile says, shows it, and leaves nothing behind."""

__version__ = "0.1.0"
