"""The tests; a failed assertion in what they share says what it compared, as one in a test does."""

import pytest

pytest.register_assert_rewrite("tests.support")
