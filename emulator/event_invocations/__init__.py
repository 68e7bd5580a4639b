"""Asynchronous invocations: accepts and keeps events, invokes functions later, retries, and sends records."""
