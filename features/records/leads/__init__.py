"""Leads that come in one at a time, checked by the rules that histories are checked by."""
