"""What happened to every request and message, and what the functions wrote: kept for `trace`, `logs` and `stats`."""
