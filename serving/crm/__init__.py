"""Where people work: scores are written back into a CRM, and what was changed there is pulled into the store."""
