"""What tests and measurements both run: servers in processes of their own, databases, keys, made-up calls and kills."""
