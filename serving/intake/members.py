"""What a record that is told may hold, by name."""

from features.records import EVENT_KEYS

CHANGED_AT = "changed_at"
"""When a lead was as a CRM tells it now."""
LEAD_KEYS = frozenset({"lead_id", "created_at", "fields"})
TOLD_EVENT_KEYS = EVENT_KEYS - {"recorded_at"} | {"lead_id", "event_id", "rep_id"}
FEEDBACK_KEYS = frozenset({"lead_id", "as_of", "agrees", "direction", "subject", "comment"})
OUTCOME_KEYS = frozenset({"lead_id", "closed_at", "won", "amount", "reason", "rep_id", "outcome_id"})
