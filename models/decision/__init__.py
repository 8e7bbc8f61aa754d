"""Decisions about leads: steps of the ladder, what a lead is worth, where it goes, and why it may be lost."""
