"""Fitting: the close model and what is learned beside it, from samples alone."""
