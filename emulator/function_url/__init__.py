"""Lambda function URLs: HTTP requests become events of payload format 2.0, and results become responses."""
