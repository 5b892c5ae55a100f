"""Agreements between modules and between stacks."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.lists import listed
from tests.support.synthesized import ACCOUNT_ID, Json, Stack, System, imported

STATEFUL = {
    "aws_db_instance.database",
    "aws_kms_key.key",
    "aws_ecr_repository.repository",
    "aws_route53_zone.zone",
}
"""Resources with data. If an address changed, Terraform would replace the resource, and the data would be lost."""

REPLACEABLE = {"aws_s3_bucket.access_logs", "aws_s3_bucket.pipeline_artifacts"}
"""Resources with data that may be lost."""

TYPES_WITH_DATA = {address.partition(".")[0] for address in STATEFUL | REPLACEABLE}


OWN_ACCOUNT = {"Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT_ID}}}


@pytest.fixture(scope="session")
def both(dev: System, prod: System) -> dict[str, System]:
    """Return two systems that differ in every setting, by environment."""
    return {"dev": dev, "prod": prod}


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_stateful_resources_keep_their_addresses(environment: str, both: dict[str, System]) -> None:
    addresses = set().union(*(stack.addresses() for stack in both[environment].values()))

    without_a_key = {"aws_kms_key.key"} if environment == "dev" else set()
    listed.check(stateful(addresses, STATEFUL - without_a_key))


def stateful(addresses: set[str], expected: set[str]) -> list[str]:
    """Return a line for each resource with data that the list lacks, and for each address that no resource has."""
    found = {address for address in addresses if address.partition(".")[0] in TYPES_WITH_DATA} - REPLACEABLE
    return [
        *(f"{address} is missing: if its id has changed, Terraform destroys the data" for address in expected - found),
        *listed.faults(
            found,
            expected & found,
            place="tests/stacks/test_wiring.py, STATEFUL",
            entry='"{}"'.format,
            end=", or to REPLACEABLE if the data may be lost",
        ),
    ]


def test_a_resource_with_data_and_a_changed_address_are_named() -> None:
    assert stateful({"aws_s3_bucket.files", "aws_s3_bucket.access_logs"}, {"aws_db_instance.database"}) == [
        "aws_db_instance.database is missing: if its id has changed, Terraform destroys the data",
        'tests/stacks/test_wiring.py, STATEFUL: add "aws_s3_bucket.files", or to REPLACEABLE if the data may be lost',
    ]


def test_no_address_depends_on_a_setting(dev: System, prod: System) -> None:
    for part in ("registry", "dns", "main"):
        of_dev, of_prod = dev[f"dev-{part}"].addresses(), prod[f"prod-{part}"].addresses()

        further = {
            ".database_final_snapshot",
            ".network_zone_1_nat",
            ".network_zone_1_address",
            ".network_zone_2_",
            ".key",
            ".viewer",
            ".operator",
            ".service_exec",
            ".service_task_role_rights",
        }
        left_out = {".flow_logs", ".access_logs", ".rotation"}
        assert all(any(name in address for name in further) for address in of_prod - of_dev)
        assert all(any(name in address for name in left_out) for address in of_dev - of_prod)


def test_each_environment_has_its_stacks(dev: System, prod: System) -> None:
    """The production of the tests also has a push role."""
    assert set(dev) == {"dev-registry", "dev-dns", "dev-main"}
    assert set(prod) == {"prod-registry", "prod-dns", "prod-main", "prod-ci"}


def test_the_outputs_lead_to_the_system(dev: System) -> None:
    """Other resources may have other outputs."""
    url = {"value": "${aws_ecr_repository.repository.repository_url}"}
    expected: Json = {
        "dev-registry": {
            "repository_url": url,
            "cross-stack-output-aws_ecr_repositoryrepositoryrepository_url": {**url, "sensitive": True},
            "cross-stack-output-aws_ecr_repositoryrepositoryname": {
                "value": "${aws_ecr_repository.repository.name}",
                "sensitive": True,
            },
            "cross-stack-output-aws_ecr_repositoryrepositoryarn": {
                "value": "${aws_ecr_repository.repository.arn}",
                "sensitive": True,
            },
        },
        "dev-dns": {
            "name_servers": {"value": "${aws_route53_zone.zone.name_servers}"},
            "cross-stack-output-aws_route53_zonezonezone_id": {
                "value": "${aws_route53_zone.zone.zone_id}",
                "sensitive": True,
            },
        },
        "dev-main": {
            "url": {"value": "https://example-app.dev-environment.com"},
            "cluster_name": {"value": "${aws_ecs_cluster.service_cluster.name}"},
            "service_name": {"value": "${aws_ecs_service.service.name}"},
            "pipeline_name": {"value": "${aws_codepipeline.pipeline.name}"},
        },
    }

    outputs = {
        stack: {name: dev[stack].json["output"].get(name) for name in names} for stack, names in expected.items()
    }
    assert outputs == expected


@pytest.mark.parametrize(
    ("component", "prefix", "description"),
    [
        ("load_balancer", "load-balancer", "the load balancer"),
        ("service", "service", "the tasks of the service"),
        ("database", "database", "the PostgreSQL instance"),
    ],
)
def test_each_component_has_its_own_security_group(component: str, prefix: str, description: str, main: Stack) -> None:
    assert main.resources("aws_security_group")[f"{component}_access"] == {
        "name_prefix": f"example-app-dev-{prefix}-",
        "description": description,
        "vpc_id": "${aws_vpc.network.id}",
        "lifecycle": {"create_before_destroy": True},
    }


def build_variable(stack: Stack, name: str) -> str:
    """Return the value of a variable of the build project."""
    variables = stack.resource("aws_codebuild_project")["environment"]["environment_variable"]
    [value] = [variable["value"] for variable in variables if variable["name"] == name]
    return str(value)


@pytest.mark.parametrize(("environment", "name"), [("dev", "app"), ("prod", "web")])
def test_task_load_balancer_and_build_mean_the_same_container(
    environment: str, name: str, both: dict[str, System]
) -> None:
    stack = both[environment][f"{environment}-main"]
    [load_balancer] = stack.resource("aws_ecs_service")["load_balancer"]

    assert stack.container()["name"] == name
    assert load_balancer["container_name"] == name
    assert build_variable(stack, "CONTAINER_NAME") == name


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_the_repositorys_url_travels_as_a_reference_in_a_variable(environment: str, both: dict[str, System]) -> None:
    stack = both[environment][f"{environment}-main"]
    reference = imported(f"{environment}-registry", "aws_ecr_repository", "repository", "repository_url")

    assert build_variable(stack, "REPOSITORY_URI") == reference
    assert "${" not in stack.resource("aws_codebuild_project")["source"]["buildspec"]


@pytest.mark.parametrize(("environment", "port"), [("dev", 3000), ("prod", 8080)])
def test_load_balancer_and_container_agree_on_the_port(environment: str, port: int, both: dict[str, System]) -> None:
    stack = both[environment][f"{environment}-main"]
    service_group, balancer_group = (
        f"${{aws_security_group.{name}_access.id}}" for name in ("service", "load_balancer")
    )
    ways_in = stack.resources("aws_vpc_security_group_ingress_rule").values()
    ways_out = stack.resources("aws_vpc_security_group_egress_rule").values()

    assert stack.resource("aws_lb_target_group")["port"] == port
    assert stack.container()["portMappings"] == [{"containerPort": port, "protocol": "tcp"}]
    assert [each["container_port"] for each in stack.resource("aws_ecs_service")["load_balancer"]] == [port]
    assert [(rule["from_port"], rule["to_port"]) for rule in ways_in if rule["security_group_id"] == service_group] == [
        (port, port)
    ]
    assert [
        (rule["from_port"], rule["to_port"]) for rule in ways_out if rule["security_group_id"] == balancer_group
    ] == [(port, port)]


@pytest.mark.parametrize(("environment", "port"), [("dev", 5432), ("prod", 6543)])
def test_database_and_container_agree_on_the_port(environment: str, port: int, both: dict[str, System]) -> None:
    stack = both[environment][f"{environment}-main"]
    variables = {variable["name"]: variable["value"] for variable in stack.container()["environment"]}
    rule = stack.resources("aws_vpc_security_group_ingress_rule")["database_access_service_ingress"]

    assert stack.resource("aws_db_instance")["port"] == port
    assert variables["DB_PORT"] == str(port)
    assert (rule["from_port"], rule["to_port"]) == (port, port)
    assert variables["DB_NAME"] == stack.resource("aws_db_instance")["db_name"]


def test_only_the_service_that_needs_a_role_can_assume_it(main: Stack) -> None:
    """All roles but CodePipeline's require that the service acts for this account."""
    roles = main.resources("aws_iam_role")
    for role in roles.values():
        role["assume_role_policy"] = json.loads(role["assume_role_policy"])

    assert roles == {
        name: {
            "name": f"example-app-dev-{suffix}",
            "assume_role_policy": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": f"{service}.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                        **own_account,
                    }
                ],
            },
        }
        for name, suffix, service, own_account in (
            ("service_execution_role", "execution", "ecs-tasks", OWN_ACCOUNT),
            ("service_task_role", "task", "ecs-tasks", OWN_ACCOUNT),
            ("pipeline_role", "pipeline", "codepipeline", {}),
            ("pipeline_image_definitions_role", "image-definitions-build", "codebuild", OWN_ACCOUNT),
            ("pipeline_trigger_role", "events", "events", OWN_ACCOUNT),
            ("flow_logs_role", "flow-logs", "vpc-flow-logs", OWN_ACCOUNT),
            ("rotation_role", "rotation", "events", OWN_ACCOUNT),
            ("rotation_restart_role", "restart", "states", OWN_ACCOUNT),
            ("failed_deployments_role", "failed", "events", OWN_ACCOUNT),
            ("failed_deployments_stop_role", "stop", "states", OWN_ACCOUNT),
        )
    }


def rights(main: Stack) -> list[tuple[str, Json]]:
    """Return every statement of every role, with the role's name."""
    return [(role, statement) for role in main.resources("aws_iam_role") for statement in main.statements(role)]


def test_only_the_pipeline_passes_roles(main: Stack) -> None:
    assert {role for role, statement in rights(main) if "iam:PassRole" in statement["Action"]} == {"pipeline_role"}


def test_every_role_has_at_most_one_policy(main: Stack) -> None:
    """The task role has a policy only if a verb grants it a permission."""
    policies = main.resources("aws_iam_role_policy")

    assert {address.split(".")[0] for address in main.addresses() if address.startswith("aws_iam_")} == {
        "aws_iam_role",
        "aws_iam_role_policy",
    }
    expected = {
        f"{role}_rights": ("rights", f"${{aws_iam_role.{role}.name}}") for role in main.resources("aws_iam_role")
    }
    found = {name: (policy["name"], policy["role"]) for name, policy in policies.items()}
    assert found | {"service_task_role_rights": expected["service_task_role_rights"]} == expected


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_no_password_is_anywhere(environment: str, both: dict[str, System]) -> None:
    """RDS generates the password, and the container gets it from Secrets Manager."""
    named = [
        (path, value)
        for stack in both[environment].values()
        for path, value in walk(stack.json)
        if "password" in path[-1].lower()
    ]

    assert named == [(("resource", "aws_db_instance", "database", "manage_master_user_password"), True)]


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_nothing_is_null_or_empty(environment: str, both: dict[str, System]) -> None:
    """cdktf silently turns a dict into nulls where it expects a struct."""
    emptied = [
        path
        for stack in both[environment].values()
        for path, value in walk(stack.json)
        if value is None or value in ({}, [])
        # Terraform requires every attribute of an ACL rule. A container has the empty lists that ECS returns.
        if not {"aws_network_acl", "container"} & set(path)
    ]

    assert set(emptied) == {("data", "aws_caller_identity", "account"), ("data", "aws_partition", "partition")}


def walk(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every value inside of a JSON value, with its path."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield (*path, str(key)), each
        yield from walk(each, (*path, str(key)))
