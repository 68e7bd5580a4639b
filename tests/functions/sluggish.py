"""A function whose init phase takes longer than its timeout allows a call to."""

import time

time.sleep(1.5)


def handler(event, context):
    return "awake"
