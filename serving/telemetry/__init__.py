"""What operators see of the running service: figures, log lines and traces."""
