"""The functions that all peers run, as files that are copied into a project of their own."""
