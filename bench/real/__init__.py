"""Published histories: their settings, and writers of the files that the settings read. The data is not ours to hand on."""
