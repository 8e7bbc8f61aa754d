"""The processes of the service: what starts them, watches over them and ends them."""
