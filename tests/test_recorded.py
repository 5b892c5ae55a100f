"""The comparison with recorded answers of AWS finds missing members and different values."""

from typing import Any

from tests.support import recorded

ANSWERS: dict[str, Any] = {
    "members": {
        "kms.ListKeys": {"": 3, "Keys": 3, "Keys[]": 1, "Keys[].KeyId": 1, "Keys[].KeyArn": 1},
        "kms.ListGrants": {"": 1},
    },
    "values": {"kms.ListKeys": {"Truncated": [True]}},
}


def test_a_member_that_aws_gives_and_we_do_not_is_named() -> None:
    assert list(recorded.lacking(ANSWERS)) == ["kms.ListKeys Truncated"]


def test_a_value_that_aws_never_gave_is_named() -> None:
    assert list(recorded.other_values(ANSWERS)) == ["kms.ListKeys Truncated"]


def test_what_was_never_answered_is_not_compared() -> None:
    assert recorded.compared(ANSWERS) == 4


def test_what_does_not_fit_the_model_is_named() -> None:
    faults = {"kms.ListKeys": ["unknown: Keys[].Color"]}

    assert list(recorded.not_modeled({"faults": faults})) == ["kms.ListKeys unknown: Keys[].Color"]
