"""Tools for agents over the Model Context Protocol: a client of the service's own calls, so that the service alone judges what a key may do."""
