"""How the close model is learned and judged."""
