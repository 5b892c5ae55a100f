"""Tests of the check of the instance class, with answers in the form of AWS's example.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeOrderableDBInstanceOptions.html
"""

from pathlib import Path
from typing import Any

import pytest

from operations.preflight.checks import database_class
from operations.preflight.finding import Kind
from tests.support.preflight.contexts import NOT_CHECKED, OK, PROBLEM, in_local_aws, stubbed

OFFERED = "db.t4g.micro with PostgreSQL 18 and gp3 storage"


def option(**own: Any) -> dict[str, Any]:
    example = {
        "Engine": "postgres",
        "EngineVersion": "18.1",
        "DBInstanceClass": "db.t4g.micro",
        "LicenseModel": "postgresql-license",
        "AvailabilityZones": [{"Name": "eu-central-1a"}],
        "MultiAZCapable": True,
        "StorageType": "gp3",
        "Vpc": True,
    }
    return example | own


@pytest.mark.parametrize(
    ("options", "database", "kind", "text", "advice"),
    [
        ([option()], {}, OK, f"RDS offers {OFFERED} in eu-central-1", ""),
        ([option()], {"multi_az": True}, OK, f"RDS offers {OFFERED} in eu-central-1", ""),
        (
            [option(EngineVersion="17.9"), option(StorageType="io1")],
            {},
            PROBLEM,
            f"dev.database.instance_class: RDS does not offer {OFFERED} in eu-central-1",
            "choose another class; `aws rds describe-orderable-db-instance-options",
        ),
        (
            [option(MultiAZCapable=False)],
            {"multi_az": True},
            PROBLEM,
            f"dev.database.multi_az: RDS offers {OFFERED} in eu-central-1 only without a standby",
            "choose another class, or set dev.database.multi_az to false",
        ),
    ],
)
def test_the_class_must_be_offered_with_the_engine(
    options: list[dict[str, Any]], database: dict[str, Any], kind: Kind, text: str, advice: str, tmp_path: Path
) -> None:
    context, stubs = stubbed(tmp_path, "rds", database=database)
    stubs["rds"].add_client_error("describe_db_instances", "DBInstanceNotFound")
    asked = {"Engine": "postgres", "DBInstanceClass": "db.t4g.micro", "Vpc": True}
    stubs["rds"].add_response(
        "describe_orderable_db_instance_options", {"OrderableDBInstanceOptions": options[:1], "Marker": "1"}, asked
    )
    stubs["rds"].add_response(
        "describe_orderable_db_instance_options",
        {"OrderableDBInstanceOptions": options[1:]},
        asked | {"Marker": "1"},
    )

    [found] = database_class.check(context)

    assert (found.kind, found.text) == (kind, text)
    assert found.advice.startswith(advice)


def test_the_class_of_an_existing_database_is_not_looked_up(tmp_path: Path) -> None:
    context, stubs = stubbed(tmp_path, "rds")
    database = {"DBInstanceClass": "db.t4g.micro"}
    asked = {"DBInstanceIdentifier": context.settings.name}
    stubs["rds"].add_response("describe_db_instances", {"DBInstances": [database]}, asked)

    [found] = database_class.check(context)

    assert (found.kind, found.text) == (OK, "the database exists already, with the instance class db.t4g.micro")


def test_a_local_aws_offers_no_classes(tmp_path: Path) -> None:
    [found] = database_class.check(in_local_aws(tmp_path))

    assert found.kind is NOT_CHECKED
    assert found.text.endswith("is not AWS, and offers no instance classes")
