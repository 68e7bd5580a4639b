"""The application: what is deployed. It knows Lambda's and SQS's public interfaces, nothing of what runs it here."""
