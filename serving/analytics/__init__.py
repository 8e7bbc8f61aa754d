"""What the service says of its model, its sources and its past scores, by what its store holds."""
