"""Values that are too long to be written in the cases."""

FIXED_VALUES: dict[str, object] = {
    "a-65": "a" * 65,
    "a-129": "a" * 129,
    "x-4064": "x" * 4_064,
    "x-4096": "x" * 4_096,
    "tags-51": {f"{number}_key": f"{number}_value" for number in range(51)},
}
