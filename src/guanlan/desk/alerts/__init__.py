"""Alerts, their deliveries (the outbox), channels and acknowledgement."""
