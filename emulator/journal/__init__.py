"""The journal: events of requests and messages, and the functions' output, for `trace`, `logs` and `stats`."""
