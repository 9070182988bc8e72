"""Pages, navigation and dashboards; no business rules."""
