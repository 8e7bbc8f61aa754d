"""Charts: where every line, mark and word of a picture lies, for the report of a training and the pages of the service alike."""
