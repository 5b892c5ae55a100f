"""Tests of the checks of quotas: the quota of the account, AWS's default, and what a deployment would still create."""

from pathlib import Path
from typing import Any

import pytest

from operations.preflight.checks import quotas
from operations.preflight.checks.quotas import QUOTAS, Quota
from operations.preflight.checks.usage import Usage
from operations.preflight.finding import Finding, Kind
from tests.support.preflight.contexts import NOT_CHECKED, OK, PROBLEM, WARNING, in_local_aws, stubbed

GET = "get_service_quota"
LACKING = "the credentials lack the permission servicequotas:GetServiceQuota"
DENIED = "User: x is not authorized to perform: servicequotas:GetServiceQuota"


def answer(value: float) -> dict[str, Any]:
    """Return an answer in the form of AWS's reference.

    https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html
    """
    quota = {"ServiceCode": "ec2", "QuotaCode": "L-0263D0A3", "QuotaName": "EC2-VPC Elastic IPs", "Value": value}
    return {"Quota": quota | {"Unit": "None", "Adjustable": True, "GlobalQuota": False}}


def finding(folder: Path, usage: Usage, value: float | None = None, error: str = "") -> Finding:
    """Return the finding about a quota with a default of 5, and with this value in the account."""
    context, stubs = stubbed(folder, "service-quotas")
    if value is not None:
        asked = {"ServiceCode": "ec2", "QuotaCode": "L-0263D0A3"}
        stubs["service-quotas"].add_response(GET, answer(value), asked)
    if error:
        stubs["service-quotas"].add_client_error(GET, error, DENIED)
    quota = Quota("EC2-VPC Elastic IPs", "ec2", "L-0263D0A3", 5, lambda _: usage)
    [found] = quota(context)
    stubs["service-quotas"].assert_no_pending_responses()
    assert found.place == "quota EC2-VPC Elastic IPs"
    return found


@pytest.mark.parametrize(
    ("used", "value", "error", "kind", "text"),
    [
        (4, 5, "", OK, "4 in use, 1 more needed, and the quota is 5"),
        (5, 6, "", OK, "5 in use, 1 more needed, and the quota is 6"),
        (5, 5, "", PROBLEM, "5 in use, 1 more needed, and the quota is 5"),
        (1, 1, "", PROBLEM, "1 in use, 1 more needed, and the quota is 1"),
        (4, None, "NoSuchResourceException", OK, "4 in use, 1 more needed, and the quota is 5"),
        (5, None, "NoSuchResourceException", PROBLEM, "5 in use, 1 more needed, and the quota is 5"),
        (
            4,
            None,
            "AccessDeniedException",
            NOT_CHECKED,
            f"because {LACKING}. With AWS's default of 5, there is room (4 in use, 1 more needed)",
        ),
        (
            5,
            None,
            "AccessDeniedException",
            WARNING,
            f"5 in use, 1 more needed. AWS's default is 5. The account's quota is unknown, because {LACKING}",
        ),
    ],
)
def test_a_quota_must_have_room_for_what_is_missing(
    used: float, value: float | None, error: str, kind: Kind, text: str, tmp_path: Path
) -> None:
    found = finding(tmp_path, Usage(used, 0, 1), value, error)

    assert (found.kind, found.text) == (kind, text)


def test_the_advice_asks_for_what_is_needed(tmp_path: Path) -> None:
    found = finding(tmp_path, Usage(used=5, own=1, wanted=3), 5)

    assert found.advice == (
        "ask for an increase, which can take days: `aws service-quotas request-service-quota-increase --service-code "
        "ec2 --quota-code L-0263D0A3 --desired-value 7`, or free some"
    )


def test_nothing_is_asked_for_what_exists_already(tmp_path: Path) -> None:
    found = finding(tmp_path, Usage(used=9, own=1, wanted=1))

    assert (found.kind, found.text) == (OK, "the deployment needs nothing more")


def test_the_local_aws_answers_with_aws_s_quotas_of_vpcs(tmp_path: Path) -> None:
    context = in_local_aws(tmp_path, region="eu-west-3")

    assert {quota.code: quotas.applied_value(context, quota.service, quota.code) for quota in QUOTAS[:2]} == {
        "L-F678F1CE": 5,
        "L-0263D0A3": None,
    }
    assert [found.kind for quota in QUOTAS for found in quota(context)] == [OK] * 6


@pytest.mark.parametrize(
    ("compute", "code", "environment"),
    [("EC2", "L-9D07B6EF", "Linux/Small"), ("LAMBDA", "L-03FBB1ED", "Linux Lambda/1GB")],
)
def test_an_account_without_builds_gets_a_warning(compute: str, code: str, environment: str, tmp_path: Path) -> None:
    context, stubs = stubbed(tmp_path, "service-quotas", pipeline={"build_compute": compute})
    asked = {"ServiceCode": "codebuild", "QuotaCode": code}
    for value in (0, 60):
        stubs["service-quotas"].add_response(GET, answer(value), asked)
    stubs["service-quotas"].add_client_error(GET, "NoSuchResourceException")

    [none], [some], [default] = (quotas.builds(context) for _ in range(3))

    name = f'"Concurrently running builds for {environment} environment"'
    assert (none.kind, none.text) == (
        WARNING,
        f"{name} is 0, so the Build stage of the pipeline fails, and no push goes live",
    )
    assert none.advice.endswith(f"--service-code codebuild --quota-code {code} --desired-value 1`")
    assert (some.kind, some.text) == (OK, f"{name} is 60")
    assert (default.kind, default.text) == (OK, f"{name} is AWS's default")
