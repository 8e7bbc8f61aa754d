"""What crosses the border: the shapes of requests, answers and refusals."""
