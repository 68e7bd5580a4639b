"""Debuggers attach to functions: which functions, on which ports, and what waits while a debugger holds one."""
