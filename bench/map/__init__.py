"""A map of the packages, drawn from their imports: rooms, floors, arrows, and which arrows run up."""
