"""What all parts of one emulator are made from, and what may take the place of its processes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from emulator.edge.edge import Edge
from emulator.environments.scripted_functions import ScriptedFunction
from emulator.faults.fault_switch import FaultSwitch
from emulator.lambda_api.names import Directory
from emulator.link.tokens import Tokens
from emulator.reload.code_problems import CodeProblems
from emulator.settings import Settings
from emulator.stack.stack import Stack


@dataclass(frozen=True, slots=True)
class StandIns:
    """Replacements of processes and servers, with which an emulator runs in one process."""

    functions: Mapping[str, ScriptedFunction] | None = None  #: by name, instead of the functions' code


NO_STAND_INS = StandIns()


@dataclass(frozen=True, slots=True)
class Foundation:
    """What all parts of one emulator are made from."""

    settings: Settings
    stack: Stack
    edge: Edge
    stand_ins: StandIns = NO_STAND_INS
    faults: FaultSwitch = field(default_factory=FaultSwitch)
    problems: CodeProblems = field(default_factory=CodeProblems)  #: mistakes in saved files
    tokens: Tokens = field(default_factory=Tokens)  #: with which the supervisors of this start identify themselves

    @property
    def directory(self) -> Directory:
        """The functions by all their names."""
        stack = self.stack
        return Directory(stack.functions, self.settings.region, self.settings.account_id, stack.versions)
