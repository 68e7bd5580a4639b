"""How many environments of a function may run at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from emulator.aws.identifiers import function_of
from emulator.setting import TextError

ENVIRONMENTS = 5  #: of a function at most, as AWS's five batches at once (docs/decisions/0010-environments.md)
IDLE_S = 300.0  #: an environment ends after so long without a call; AWS does not publish its own limit
MOST_ENVIRONMENTS = 1_000  #: no account runs more at first


@dataclass(frozen=True, slots=True)
class Limits:
    """The limit of every function."""

    each: int = ENVIRONMENTS  #: of every function that is not named
    named: Mapping[str, int] = field(default_factory=dict)

    def of(self, function: str) -> int:
        """Return the limit of a function, which each of its versions has too."""
        return self.named.get(function_of(function), self.each)

    def limited_to_one(self, functions: Iterable[str]) -> "Limits":
        """Return limits by which these functions have one environment each."""
        return Limits(self.each, {**self.named, **dict.fromkeys(functions, 1)})

    def __str__(self) -> str:
        """Say it in words."""
        others = "".join(f", {most} of {name}" for name, most in self.named.items())
        return f"up to {self.each} a function{others}"


def read_limits(texts: Sequence[str]) -> Limits:
    """Read `N`, for every function, and `NAME=N`, for one."""
    each, named = ENVIRONMENTS, {}
    for text in texts:
        name, _, number = text.rpartition("=")
        if not number.isdecimal() or not 0 < int(number) <= MOST_ENVIRONMENTS or text.startswith("="):
            raise TextError(text, f"write a number from 1 to {MOST_ENVIRONMENTS}, or NAME=number")
        if name:
            named[name] = int(number)
        else:
            each = int(number)
    return Limits(each, named)


def write_limits(limits: Limits) -> list[str]:
    """Write limits as `read_limits` reads them."""
    return [str(limits.each)] + [f"{name}={most}" for name, most in limits.named.items()]
