"""Judging: a model beside what it must beat, and what deciding by it is worth."""
