"""Looks at a template, and at what runs, for what would bite on AWS."""
