"""Clock, ids, environment, due rows: what every app may lean on."""
