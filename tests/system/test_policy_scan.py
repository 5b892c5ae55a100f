"""The plans of the environments pass checkov, except for the failures that policy_scan.toml accepts with a reason.

docs/policy-scan.md has the result. `make policy-scan` writes that page.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pytest

from localaws.server import LocalAws
from operations.state_bucket import SELECTION
from rehearsal.steps import Rehearsal
from settings import Settings, load
from tests.support.lists import listed
from tests.support.scanners import Failure, Planned, Scan, scan
from tests.support.settings_files import ENVIRONMENTS
from tests.support.synthesized import ROOT
from tools.toolchain.cli import Cdktf

EVERY = "every"
SETTINGS = {settings.environment: settings for settings in load(ENVIRONMENTS)}
PAGE = ROOT / "docs" / "policy-scan.md"
INTRODUCTION = """\
# Policy scan

The result of [checkov](https://www.checkov.io/) {version} for the plans of the environments in
`tests/support/environments.toml`. For these plans, the test adds the state in S3 and the roles of the workflows to each
environment. `tests/system/policy_scan.toml` lists the checks that may fail, each with a reason.
`tests/system/test_policy_scan.py` fails if a check fails that is not in this list, or if a check in this list does not
fail. `make policy-scan` writes this page.

| stack | passed | failed |
|---|---|---|
{stacks}
"""

COLUMNS = "| check | resource | what the check requires | reason |\n|---|---|---|---|\n"


ENTRY = """\
{environment}: {check} fails for {address}: {text}. Fix the resource, or add to tests/system/policy_scan.toml:

[[{environment}]]
check = "{check}"
resource = "{address}"
reason = "..."
"""
"""The message about a failure. `[[every]]` in place of the environment accepts the failure in all environments."""


@dataclass(frozen=True)
class Accepted:
    """A check that may fail for resources with an address of this pattern."""

    check: str
    resource: str
    reason: str

    def covers(self, failure: Failure) -> bool:
        return self.check == failure.check and fnmatchcase(failure.address, self.resource)


Lists = Mapping[str, list[Accepted]]
"""Name of an environment to its accepted failures. The key `every` has the failures accepted in all environments."""


def faults(scans: Mapping[str, Mapping[str, Scan]], lists: Lists) -> list[str]:
    """Return a line for each failure that is not accepted, and for each accepted entry without a failure."""
    found = []
    for environment, of_stacks in scans.items():
        failures = [failure for each in of_stacks.values() for failure in each.failures]
        accepted = [*lists[EVERY], *lists.get(environment, [])]
        found += [
            ENTRY.format(environment=environment, check=failure.check, address=failure.address, text=failure.text)
            for failure in failures
            if not any(entry.covers(failure) for entry in accepted)
        ]
        found += [
            f"tests/system/policy_scan.toml: remove {entry.check} for {entry.resource}, which does not fail in "
            f"{environment}"
            for entry in accepted
            if not any(entry.covers(failure) for failure in failures)
        ]
    return found


def page(scans: Mapping[str, Mapping[str, Scan]], lists: Lists) -> str:
    """Return the content of docs/policy-scan.md."""
    of_stacks = {stack: each for by_stack in scans.values() for stack, each in by_stack.items()}
    texts = {failure.check: failure.text for each in of_stacks.values() for failure in each.failures}
    stacks = "\n".join(f"| `{stack}` | {each.passed} | {len(each.failures)} |" for stack, each in of_stacks.items())
    parts = [INTRODUCTION.format(version=next(iter(of_stacks.values())).version, stacks=stacks)]
    for where, entries in lists.items():
        rows = [
            f"| {each.check} | `{each.resource}` | {texts.get(each.check, '')} | {each.reason} |\n" for each in entries
        ]
        title = "Accepted in every environment" if where == EVERY else f"Also accepted in `{where}`"
        parts.append(f"## {title}\n\n{COLUMNS}{''.join(rows)}")
    return "\n".join(parts)


def scanned(settings: Settings, folder: Path) -> dict[str, Scan]:
    """Scan the five stacks. Every plan needs the state bucket. The main stack's plan also needs two deployed stacks."""

    def plans(cdktf: Cdktf, *stacks: str) -> dict[str, Planned]:
        return {stack: Planned(cdktf.plan(stack) or cdktf.saved_plan(stack), cdktf.stack(stack)) for stack in stacks}

    with LocalAws.start(folder / "aws.log", region=settings.region, account_id=settings.account_id) as aws:
        rehearsal = Rehearsal(aws, folder, settings=settings, on_progress=lambda _: None)
        rehearsal.change_settings("state", backend="s3", bucket=f"{settings.name}-state")
        rehearsal.change_settings("ci", repository="owner/name")
        rehearsal.change_settings("push", repository="owner/application")
        bucket = Cdktf(
            folder,
            variables=rehearsal.cdktf.variables,
            output_folder=folder / "cdktf.out.state",
            on_progress=lambda _: None,
            selection=SELECTION,
        )
        bucket.synth()
        planned = plans(bucket, f"{settings.environment}-state")
        aws.client("s3").create_bucket(
            Bucket=f"{settings.name}-state", CreateBucketConfiguration={"LocationConstraint": settings.region}
        )
        rehearsal.cdktf.synth()
        first = rehearsal.registry, rehearsal.dns
        planned |= plans(rehearsal.cdktf, *first)
        for stack in first:
            rehearsal.cdktf.apply_plan(stack)
        planned |= plans(rehearsal.cdktf, rehearsal.main, f"{settings.environment}-ci")
    return scan(planned, folder)


@pytest.fixture(scope="module")
def accepted() -> Lists:
    """Return the lists of policy_scan.toml."""
    lists = tomllib.loads((ROOT / "tests" / "system" / "policy_scan.toml").read_text(encoding="utf-8"))
    return {where: [Accepted(**entry) for entry in entries] for where, entries in lists.items()}


@pytest.fixture(scope="module")
def scans_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, Scan]]:
    """Return a function that scans the stacks of an environment at its first call."""
    return cache(lambda name: scanned(SETTINGS[name], tmp_path_factory.mktemp(name)))


@pytest.mark.slow
@pytest.mark.provider
@pytest.mark.usefixtures("provider")
@pytest.mark.parametrize("environment", SETTINGS)
def test_nothing_fails_but_what_is_accepted(
    environment: str, scans_of: Callable[[str], dict[str, Scan]], accepted: Lists
) -> None:
    listed.check(faults({environment: scans_of(environment)}, accepted))


@pytest.mark.slow
@pytest.mark.provider
@pytest.mark.usefixtures("provider")
def test_the_page_has_the_result(
    scans_of: Callable[[str], dict[str, Scan]], accepted: Lists, request: pytest.FixtureRequest
) -> None:
    scans = {environment: scans_of(environment) for environment in SETTINGS}
    if request.config.option.update_snapshots:
        PAGE.write_text(page(scans, accepted), encoding="utf-8")

    assert PAGE.read_text(encoding="utf-8") == page(scans, accepted), "docs/policy-scan.md: run `make policy-scan`"


FIREWALL = Failure("CKV2_AWS_28", "aws_lb.load_balancer", "Ensure there is a WAF")
REPLICATED = Failure("CKV_AWS_144", "aws_s3_bucket.artifacts", "Ensure there is a copy")
FOUND = {
    "dev": {"dev-main": Scan("3.3", 7, [FIREWALL, REPLICATED])},
    "production": {"production-main": Scan("3.3", 8, [FIREWALL])},
}
LISTS = {
    EVERY: [Accepted("CKV2_AWS_28", "aws_lb.load_balancer", "It costs.")],
    "dev": [Accepted("CKV_AWS_144", "aws_s3_bucket.*", "It is cheap.")],
}


def test_what_is_accepted_may_fail() -> None:
    assert faults(FOUND, LISTS) == []


def test_an_unaccepted_failure_is_reported_with_its_entry() -> None:
    """The report has checkov's text, and an entry that accepts the failure."""
    [line] = faults(FOUND, {EVERY: LISTS[EVERY]})
    said, _, entry = line.partition(":\n\n")

    assert said == (
        "dev: CKV_AWS_144 fails for aws_s3_bucket.artifacts: Ensure there is a copy. "
        "Fix the resource, or add to tests/system/policy_scan.toml"
    )
    [accepted] = tomllib.loads(entry)["dev"]
    assert Accepted(**accepted).covers(REPLICATED)


def test_an_entry_without_a_failure_is_reported() -> None:
    assert faults(FOUND, {EVERY: [*LISTS[EVERY], *LISTS["dev"]]}) == [
        "tests/system/policy_scan.toml: remove CKV_AWS_144 for aws_s3_bucket.*, which does not fail in production"
    ]


@pytest.mark.parametrize(
    "entry", [Accepted("CKV_AWS_18", "aws_s3_bucket.*", ""), Accepted("CKV_AWS_144", "aws_lb.*", "")]
)
def test_an_entry_covers_one_check_of_its_resources(entry: Accepted) -> None:
    assert not entry.covers(REPLICATED)


def test_the_page_has_every_stack_and_every_reason() -> None:
    assert page(FOUND, LISTS) == INTRODUCTION.format(
        version="3.3", stacks="| `dev-main` | 7 | 2 |\n| `production-main` | 8 | 1 |"
    ) + (
        f"\n## Accepted in every environment\n\n{COLUMNS}"
        "| CKV2_AWS_28 | `aws_lb.load_balancer` | Ensure there is a WAF | It costs. |\n"
        f"\n## Also accepted in `dev`\n\n{COLUMNS}"
        "| CKV_AWS_144 | `aws_s3_bucket.*` | Ensure there is a copy | It is cheap. |\n"
    )
