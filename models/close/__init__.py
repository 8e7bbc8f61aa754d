"""The close model: how likely an open lead is to be won within the horizon, and why."""
