"""How much the level of all leads, and of each channel, has moved since the training, and how far that is applied."""
