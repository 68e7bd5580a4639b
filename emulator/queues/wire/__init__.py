"""The server side of SQS's two protocols: request → operation and parameters, result → answer."""
