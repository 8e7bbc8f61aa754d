"""What the service answers to, a module a resource; thin: read the request, call, write the answer."""
