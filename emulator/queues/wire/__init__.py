"""SQS's two protocols as a server speaks them: a request → an operation and its parameters, a result → an answer."""
