"""The model that answers: finding it, keeping the last known good one, and older versions at hand."""
