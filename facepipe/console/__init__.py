"""The console: pages that show what happens, served by the emulator at its port."""
