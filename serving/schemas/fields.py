"""What a record that is told may hold, by name."""

from features.records.leads.checking import EVENT_KEYS
from features.settings.source import AGENT_COLUMNS

CHANGED_AT = "changed_at"
"""When a lead was as a CRM tells it now."""
TOLD_LEAD_KEYS = frozenset({"lead_id", "created_at", "fields"})
TOLD_EVENT_KEYS = EVENT_KEYS - {"recorded_at"} | {"lead_id", "event_id", "rep_id", *AGENT_COLUMNS}
FEEDBACK_KEYS = frozenset({"lead_id", "as_of", "agrees", "direction", "subject", "comment"})
OUTCOME_KEYS = frozenset({"lead_id", "closed_at", "won", "amount", "reason", "rep_id", "outcome_id", CHANGED_AT})
OPTIONAL_EVENT_KEYS = frozenset({"value", "text", "actor", "event_id", "rep_id", *AGENT_COLUMNS})
OPTIONAL_OUTCOME_KEYS = frozenset({"amount", "reason", "rep_id", "outcome_id"})
REMOVAL_KEYS = frozenset({"lead_id", CHANGED_AT})
MERGE_KEYS = frozenset({"lead_id", "merged_id", CHANGED_AT})
OPEN = "open"
"""What stands for `won` where an outcome is taken back."""
