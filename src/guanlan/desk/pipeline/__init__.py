"""The conductor: collect → analysis → services. Owns the intake, the one queue of things to read."""
