"""The stack while it runs: its resources, which the API and saved files change, and those that follow the changes."""
