"""Events (one event, one file), their items, grading and timeline."""
