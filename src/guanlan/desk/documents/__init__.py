"""Documents, captures (evidence), labels and the search index."""
