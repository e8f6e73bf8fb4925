"""The linter of Procfiles: what is judged, the rules, and their reports. All of it is pure."""
