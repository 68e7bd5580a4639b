"""How well people are recognised, measured with the user's own photos. All but `read.py` and the picture is pure."""
