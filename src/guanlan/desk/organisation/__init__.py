"""Units (tree), people, roles and who may do what."""
