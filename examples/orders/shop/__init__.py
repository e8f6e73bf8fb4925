"""A shop that takes orders at once, and packs them in the background."""
