"""The messages about a list in a file of the project."""

import pytest

from tests.support.lists.listed import check, faults


def test_a_missing_entry_and_an_unneeded_entry_are_named() -> None:
    assert faults("ab", "bc", place="file.py, LIST", entry=lambda one: f'"{one}"', end=", with a reason") == [
        'file.py, LIST: add "a", with a reason',
        'file.py, LIST: remove "c"; nothing needs it',
    ]


def test_a_complete_list_has_no_fault() -> None:
    check(faults("ab", "ab", place="file.py, LIST", entry=str))


def test_the_faults_are_the_message_of_the_failure() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"^file\.py, LIST: add a\nfile\.py, LIST: add b$"):
        check(faults("ab", "", place="file.py, LIST", entry=str))
