"""What a CRM sends when something changes there: known by its signature or a key, and made into leads, events and outcomes."""
