"""Pages in: files, feeds and guarded fetching. Parsing and transport only, no Django."""
