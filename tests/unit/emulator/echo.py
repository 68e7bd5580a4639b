"""A function that returns its event, and remembers its invocations."""

from emulator.invocation import Invocation, Outcome, OutcomeKind


class Echo:
    def __init__(self) -> None:
        self.calls: list[Invocation] = []

    async def invoke(self, invocation: Invocation, *, within_s: float | None = None) -> Outcome:
        self.calls.append(invocation)
        return Outcome(OutcomeKind.SUCCESS, invocation.payload)

    async def accept(self, invocation: Invocation) -> None:
        self.calls.append(invocation)
