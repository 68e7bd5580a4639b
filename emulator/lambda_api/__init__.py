"""The Lambda API on port 9001: what boto3 and the AWS CLI call."""
