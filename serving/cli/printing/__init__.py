"""What the command line prints, a module a theme: tables for people, the same content as JSON for machines."""
