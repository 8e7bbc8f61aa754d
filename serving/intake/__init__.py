"""From what a form or a CRM tells to stored records and scores: checked, written together, scored, answered."""
