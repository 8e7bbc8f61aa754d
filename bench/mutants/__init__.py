"""Mutants: does a test fail when a line is changed? One change at a time in the modules that matter, each against the nearest tests."""
