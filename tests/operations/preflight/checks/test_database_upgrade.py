"""Tests of the check of an upgrade, with answers in the form of AWS's example.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBEngineVersions.html
"""

from pathlib import Path

import pytest

from operations.preflight.checks import database_upgrade
from operations.preflight.context import Context
from operations.preflight.finding import Finding, Kind
from tests.localaws.rds.databases import create_database
from tests.support.preflight.contexts import NOT_CHECKED, OK, PROBLEM, in_local_aws, stubbed

BY_HAND = (
    "upgrade by hand, then deploy: `aws rds modify-db-instance --db-instance-identifier {} --engine-version 17.10 "
    "--allow-major-version-upgrade --db-parameter-group-name default.postgres17 --apply-immediately`"
)


def upgrade(folder: Path, running: str, offered: list[str], default: str) -> tuple[Context, list[Finding]]:
    """Check the upgrade of a running version to 17."""
    context, stubs = stubbed(folder, "rds", database={"engine_version": 17})
    database = {
        "DBInstanceStatus": "available",
        "Engine": "postgres",
        "EngineVersion": running,
        "DBInstanceClass": "db.t4g.micro",
        "VpcSecurityGroups": [],
        "MasterUsername": "postgres",
    }
    stubs["rds"].add_response(
        "describe_db_instances", {"DBInstances": [database]}, {"DBInstanceIdentifier": context.settings.name}
    )
    targets = [{"Engine": "postgres", "EngineVersion": each} for each in offered]
    stubs["rds"].add_response(
        "describe_db_engine_versions",
        {"DBEngineVersions": [{"EngineVersion": running, "ValidUpgradeTarget": targets}]},
        {"Engine": "postgres", "EngineVersion": running},
    )
    stubs["rds"].add_response(
        "describe_db_engine_versions",
        {"DBEngineVersions": [{"EngineVersion": default}]},
        {"Engine": "postgres", "EngineVersion": "17", "DefaultOnly": True},
    )
    return context, [*database_upgrade.check(context)]


REFUSED = "dev.database.engine_version: RDS does not upgrade PostgreSQL {} to 17.6, its default version of 17"


@pytest.mark.parametrize(
    ("running", "offered", "kind", "text", "advice"),
    [
        ("16.10", ["16.11", "17.6", "18.1"], OK, "RDS upgrades PostgreSQL 16.10 to 17.6", ""),
        ("16.13", ["17.9", "17.10", "18.3"], PROBLEM, REFUSED.format("16.13"), BY_HAND),
        ("16.13", ["18.3"], PROBLEM, REFUSED.format("16.13"), "choose another version; RDS offers 18.3"),
        ("18.1", [], PROBLEM, REFUSED.format("18.1"), "choose another version; RDS offers none"),
    ],
)
def test_rds_must_offer_the_upgrade(
    running: str, offered: list[str], kind: Kind, text: str, advice: str, tmp_path: Path
) -> None:
    context, [found] = upgrade(tmp_path, running, offered, "17.6")

    assert (found.kind, found.text, found.advice) == (kind, text, advice.format(context.settings.name))


@pytest.mark.parametrize(("running", "text"), [(None, "no database runs yet"), ("18.1", "PostgreSQL 18.1 needs no")])
def test_without_an_upgrade_nothing_is_asked(running: str | None, text: str, tmp_path: Path) -> None:
    context = in_local_aws(tmp_path)
    if running:
        create_database(context.client, context.settings.name, EngineVersion=running, MasterUsername="owner")

    [found] = database_upgrade.check(context)

    assert (found.kind, found.text[: len(text)]) == (OK, text)


def test_a_local_aws_offers_no_upgrades(tmp_path: Path) -> None:
    context = in_local_aws(tmp_path)
    create_database(context.client, context.settings.name, EngineVersion="17.6", MasterUsername="owner")

    [found] = database_upgrade.check(context)

    assert found.kind is NOT_CHECKED
    assert found.text.endswith("is not AWS, and does not say which upgrades RDS offers")
