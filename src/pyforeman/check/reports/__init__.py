"""How findings are told: a function for each format."""
