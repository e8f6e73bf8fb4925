"""Every decision: what starts, what restarts, when it is over. Time and facts are arguments."""
