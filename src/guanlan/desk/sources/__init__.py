"""The source register, the runs that fetched or imported, and their health."""
