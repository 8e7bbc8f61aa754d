"""Attacks on a running service, a module each kind."""
