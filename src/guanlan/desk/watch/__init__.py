"""Themes, screening, groups and early-warning rules."""
