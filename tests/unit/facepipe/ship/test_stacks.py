"""Which states of a stack can be changed, and what is said of the others."""

import pytest

from facepipe.ship.problems import ShipError
from facepipe.ship.stacks import DeployedStack, change_set_type


def test_a_missing_stack_is_created_and_a_finished_one_updated() -> None:
    assert change_set_type(None) == "CREATE"
    assert change_set_type(DeployedStack("s", "REVIEW_IN_PROGRESS", {}, {})) == "CREATE"
    for status in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"):
        assert change_set_type(DeployedStack("s", status, {}, {})) == "UPDATE"


@pytest.mark.parametrize(
    ("status", "cure"),
    [
        ("ROLLBACK_COMPLETE", "--destroy"),
        ("DELETE_FAILED", "--destroy"),
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback"),
        ("UPDATE_IN_PROGRESS", "wait until"),
    ],
)
def test_a_stack_that_cannot_be_updated_is_named_with_the_way_out(status: str, cure: str) -> None:
    with pytest.raises(ShipError, match=status) as error:
        change_set_type(DeployedStack("s", status, {}, {}))
    assert cure in str(error.value)
