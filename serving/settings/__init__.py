"""The settings file of an installation, read and checked once."""
