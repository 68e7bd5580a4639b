"""A measurement that is told to end also ends what it has started."""

import signal
import subprocess
import sys

MEASUREMENT = """
import time
from facepipe.verbs.bench import end_in_order
end_in_order()
try:
    print("measures", flush=True)
    time.sleep(60)
finally:
    print("the pipeline is stopped")
"""


def test_sigterm_ends_a_measurement_as_ctrl_c_does() -> None:
    with subprocess.Popen([sys.executable, "-c", MEASUREMENT], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "measures\n"
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=240)[0] == "the pipeline is stopped\n"
    assert process.returncode == 128 + signal.SIGTERM
