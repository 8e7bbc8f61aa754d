"""Exports of an invented company in the shapes of CRMs, and what is right to make of each column.

Shares no code with the draft that is tried on them: the company is drawn here, and what is right is written beside each column by hand.
"""
