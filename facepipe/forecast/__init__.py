"""What a pipeline would do on AWS at a given load: a discrete-event simulation of a template's functions and queues."""
