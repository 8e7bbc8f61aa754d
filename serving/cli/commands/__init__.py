"""The commands of `glengarry`, a module a theme; libraries load in the commands that use them."""
