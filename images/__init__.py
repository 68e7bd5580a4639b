"""How the function images are made."""
