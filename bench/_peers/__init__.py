"""What the service is measured beside: servers of the same model that do less."""
