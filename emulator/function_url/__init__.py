"""Lambda function URLs: HTTP in payload format 2.0 to a function and back."""
