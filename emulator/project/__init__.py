"""Runs the functions of any project on this machine: finds the code of each, and makes its virtual environment."""
