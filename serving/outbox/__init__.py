"""Telling others what happens: each notice of the store's outbox to each receiver that wants it, at least once and in order a lead."""
