"""CloudWatch Logs' API for the functions' output: log groups, streams and events, read from the journal."""
