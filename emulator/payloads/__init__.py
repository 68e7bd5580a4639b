"""What functions were given and returned, and which messages were sent: kept for the console, if the user wants it."""
