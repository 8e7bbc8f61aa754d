"""What the service keeps: leads, events, outcomes, scores, feedback, keys and audit trail, in SQLite or PostgreSQL."""
