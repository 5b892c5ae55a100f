"""Tests of the output: readable at 80 columns, on a terminal and in a file."""

import io

from rich.console import Console

from operations.preflight import report
from operations.preflight.finding import not_checked, ok, problem, warning

DIGEST = f"sha256:{'0123456789abcdef' * 4}"
FINDINGS = [
    ok("region", "eu-central-1 is enabled"),
    warning("image", f"no image has the digest {DIGEST}[bold], which is long", advice="push an image"),
    problem("domain", "shop.example.com is not delegated, " * 4, advice="add one NS record set, " * 5),
    not_checked("quota", "the credentials lack the permission servicequotas:GetServiceQuota"),
]


def test_a_finding_has_its_kind_its_text_and_its_advice() -> None:
    assert report.lines(FINDINGS[2]) == [
        "problem      domain: shop.example.com is not delegated, shop.example.com is not",
        "             delegated, shop.example.com is not delegated, shop.example.com is",
        "             not delegated,",
        "             -> add one NS record set, add one NS record set, add one NS record",
        "                set, add one NS record set, add one NS record set,",
    ]


def test_only_a_word_that_is_too_long_exceeds_80_columns() -> None:
    lines = [line for finding in FINDINGS for line in report.lines(finding)]

    assert [line.strip() for line in lines if len(line) > 80] == [f"{DIGEST}[bold],"]
    assert all(len(line) <= 60 for finding in (FINDINGS[0], FINDINGS[2]) for line in report.lines(finding, 60))


def test_a_file_gets_plain_lines() -> None:
    file = io.StringIO()

    report.show(Console(file=file, width=200), "dev: account 1[2]", FINDINGS)

    assert file.getvalue() == "\n".join(
        ["dev: account 1[2]", *(line for finding in FINDINGS for line in report.lines(finding)), ""]
    )


def test_a_terminal_gets_colors() -> None:
    file = io.StringIO()

    report.show(Console(file=file, width=200, force_terminal=True, color_system="standard"), "dev", FINDINGS[:1])

    assert "\x1b[32mok\x1b[0m           region: eu-central-1 is enabled" in file.getvalue()


def test_the_summary_counts_the_most_severe_first() -> None:
    assert report.summary([*FINDINGS, FINDINGS[2]]) == "2 problems, 1 warning, 1 not checked, 1 ok"


def test_a_narrow_terminal_gets_whole_lines() -> None:
    file = io.StringIO()

    report.show(Console(file=file, width=5), "dev", FINDINGS[:1])

    assert FINDINGS[0].place in file.getvalue()
