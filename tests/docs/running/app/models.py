"""A folder below the one in which the formation runs."""
