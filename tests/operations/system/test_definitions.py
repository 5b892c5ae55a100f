"""Tests of the differences between two revisions."""

from dataclasses import replace

from tests.support.ops.incidents import ARN, DEFINITION


def test_the_values_of_variables_are_not_shown() -> None:
    earlier = replace(DEFINITION, variables={"DB_NAME": "secret-1", "OLD": "secret-2"})
    now = replace(DEFINITION, variables={"DB_NAME": "secret-3", "NEW": "secret-4"})

    assert [*now.differences(earlier)] == [
        "variable DB_NAME: changed",
        "variable NEW: added",
        "variable OLD: removed",
    ]


def test_a_secret_is_shown_with_its_key() -> None:
    now = replace(DEFINITION, secrets={"API_KEY": f"{ARN}:token::"})

    assert [*now.differences(DEFINITION)] == [f"secret API_KEY: {ARN} -> {ARN}:token::"]


def test_an_image_of_the_same_repository_is_its_digest() -> None:
    digests = [f"sha256:{digit * 64}" for digit in "89"]
    before, now = (
        replace(DEFINITION, image=f"shop@{digest}", cpu=size)
        for digest, size in zip(digests, ("256", "512"), strict=True)
    )

    assert [*now.differences(before)] == [f"image: {digests[0]} -> {digests[1]}", "cpu: 256 -> 512"]
    assert [*now.differences(replace(before, image="other:1", cpu="512"))] == [f"image: other:1 -> shop@{digests[1]}"]
