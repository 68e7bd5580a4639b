"""Notices saved files, and has the functions whose code they are run anew (docs/your-project.md)."""
