"""Rounds: whole trainings, refreshes and promotions, from a checked history to the registry."""
