"""Histories and single leads: read, checked and laid out in columns."""
