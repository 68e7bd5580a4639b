"""How long a measured call would take with another amount of memory, which on Lambda brings processor time.

1,769 MB bring the time of one processor, and other amounts bring time in proportion (RT-04). A call's time is what it
computes and what it waits for. Below one processor, computing takes longer in proportion, and waiting does not change.

Above one processor a call gets faster only by what it does in several threads at once (Amdahl's law), because a thread
never gets more than one processor. The share of its computing that runs in parallel is 0 unless it is given: a handler
in Python computes in one thread, and this application's nets use a second thread from two processors on only.
"""

from dataclasses import dataclass

from emulator.aws.limits import MB_OF_A_PROCESSOR
from facepipe.forecast.call_samples import CallSamples


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast calls compute: the function's memory, and what the processors are like."""

    memory_mb: int
    parallel: float = 0.0  #: the share of computing that can use all processors at once
    machine: float = 1.0  #: how fast a processor of Lambda's is, in processors of the machine that was measured

    @property
    def processors(self) -> float:
        """The processors that come with the memory."""
        return self.memory_mb / MB_OF_A_PROCESSOR

    @property
    def slowdown(self) -> float:
        """How many times as long computing takes as it would on one processor of the machine that was measured."""
        processors = self.processors
        if processors <= 1:
            return 1 / processors / self.machine
        return (1 - self.parallel + self.parallel / processors) / self.machine


def scale(samples: CallSamples, speed: Speed) -> float:
    """Return the factor from a measured call's time to its time at this speed.

    More processor time than time on the clock (several threads) all counts as computing; less leaves a rest of waiting.
    """
    computing = samples.computing
    waiting = max(0.0, 1.0 - computing)
    return waiting + computing * speed.slowdown
