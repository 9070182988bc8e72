"""The Django project: one folder for each app, imports pointing one way (docs/architecture.md)."""
