"""The PostgreSQL database and its grants."""

from pathlib import Path

import pytest

from tests.support.synthesized import DEV, KEY, Json, Stack, System, system


@pytest.fixture
def expected() -> Json:
    """Return the arguments of the article's instance."""
    return {
        "identifier": "example-app-dev",
        "engine": "postgres",
        "engine_version": "18",
        "allow_major_version_upgrade": True,
        "apply_immediately": False,
        "instance_class": "db.t4g.micro",
        "allocated_storage": 20,
        "storage_type": "gp3",
        "storage_encrypted": True,
        "multi_az": False,
        "db_name": "app",
        "port": 5432,
        "username": "postgres",
        "manage_master_user_password": True,
        "iam_database_authentication_enabled": True,
        "ca_cert_identifier": "rds-ca-rsa2048-g1",
        "auto_minor_version_upgrade": True,
        "performance_insights_enabled": True,
        "performance_insights_retention_period": 7,
        "enabled_cloudwatch_logs_exports": ["postgresql"],
        "db_subnet_group_name": "${aws_db_subnet_group.database_subnets.name}",
        "parameter_group_name": "${aws_db_parameter_group.database_parameters.name}",
        "vpc_security_group_ids": ["${aws_security_group.database_access.id}"],
        "publicly_accessible": False,
        "backup_retention_period": 7,
        "copy_tags_to_snapshot": True,
        "delete_automated_backups": True,
        "deletion_protection": False,
        "skip_final_snapshot": True,
        "depends_on": ["aws_cloudwatch_log_group.database_logs"],
    }


def test_an_unprotected_instance_can_be_deleted(main: Stack, expected: Json) -> None:
    """Its storage is encrypted, and its backups are kept for a week."""
    assert main.resources("aws_db_instance") == {"database": expected}


def test_a_protected_instance_leaves_a_final_snapshot(prod: System, expected: Json) -> None:
    """RDS refuses to delete it, and the environment's key encrypts all of its data."""
    assert prod["prod-main"].resources("aws_db_instance") == {
        "database": expected
        | {
            "identifier": "shop-prod",
            "instance_class": "db.m7g.large",
            "allocated_storage": 100,
            "multi_az": True,
            "db_name": "orders",
            "port": 6543,
            "delete_automated_backups": False,
            "deletion_protection": True,
            "skip_final_snapshot": False,
            "final_snapshot_identifier": "shop-prod-final-${terraform_data.database_final_snapshot.id}",
            "kms_key_id": KEY,
            "master_user_secret_kms_key_id": KEY,
            "performance_insights_kms_key_id": KEY,
        }
    }


def test_each_instance_has_a_final_snapshot_of_its_own(prod: System, main: Stack) -> None:
    """RDS refuses the name of an existing snapshot, so `destroy` would fail for a second system of the same name."""
    assert prod["prod-main"].resource("terraform_data") == {"triggers_replace": {"db_name": "orders", "key": KEY}}
    assert main.resources("terraform_data") == {}


@pytest.mark.parametrize(
    ("storage_gib", "performance"),
    [(399, {}), (400, {"iops": 12_000, "storage_throughput": 500})],
)
def test_from_400_gib_on_the_baseline_of_gp3_is_declared(
    storage_gib: int, performance: dict[str, int], tmp_path: Path
) -> None:
    """Without them, the provider sends the IOPS of the smaller storage with an increase, and RDS refuses them."""
    database = DEV.database.model_copy(update={"storage_gib": storage_gib})
    declared = system(tmp_path, DEV.model_copy(update={"database": database}))
    instance = declared["dev-main"].resource("aws_db_instance")

    assert {name: instance[name] for name in ("iops", "storage_throughput") if name in instance} == performance


def test_another_major_version_brings_its_family_of_parameters(tmp_path: Path) -> None:
    database = DEV.database.model_copy(update={"engine_version": 16, "apply_immediately": True})
    declared = system(tmp_path, DEV.model_copy(update={"database": database}))["dev-main"]
    instance = declared.resource("aws_db_instance")

    assert (instance["engine_version"], instance["apply_immediately"]) == ("16", True)
    assert declared.resource("aws_db_parameter_group")["family"] == "postgres16"


def test_its_log_goes_to_a_group_that_is_kept_for_30_days(main: Stack) -> None:
    assert main.resources("aws_cloudwatch_log_group")["database_logs"] == {
        "name": "/aws/rds/instance/example-app-dev/postgresql",
        "retention_in_days": 30,
    }


def test_it_is_in_the_private_subnets(main: Stack) -> None:
    assert main.resource("aws_db_subnet_group") == {
        "name": "example-app-dev",
        "subnet_ids": ["${aws_subnet.network_zone_0_private.id}", "${aws_subnet.network_zone_1_private.id}"],
    }


def test_it_speaks_tls_only(main: Stack) -> None:
    assert main.resource("aws_db_parameter_group") == {
        "name_prefix": "example-app-dev-",
        "family": "postgres18",
        "parameter": [{"name": "rds.force_ssl", "value": "1", "apply_method": "pending-reboot"}],
        "lifecycle": {"create_before_destroy": True},
    }


def test_only_the_service_reaches_it_on_its_port(main: Stack, prod: System) -> None:
    for stack, port in ((main, 5432), (prod["prod-main"], 6543)):
        rules = stack.resources("aws_vpc_security_group_ingress_rule").values()

        group = "${aws_security_group.database_access.id}"
        assert [rule for rule in rules if rule["security_group_id"] == group] == [
            {
                "security_group_id": group,
                "referenced_security_group_id": "${aws_security_group.service_access.id}",
                "ip_protocol": "tcp",
                "from_port": port,
                "to_port": port,
            }
        ]


def test_its_security_group_has_no_egress_rules(main: Stack) -> None:
    rules = main.resources("aws_vpc_security_group_egress_rule").values()

    assert "${aws_security_group.database_access.id}" not in [rule["security_group_id"] for rule in rules]
