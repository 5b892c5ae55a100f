"""The Fargate service."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from modules.domain import Certificate, HostedZone
from modules.ecs.service import Service
from modules.elb.load_balancer import LoadBalancer
from modules.environment import Environment
from modules.repository import Repository
from modules.vpc.network import Network
from stacks.stack import AwsStack
from tests.support.synthesized import DEV, KEY, REPOSITORY_ARN, Stack, System, scratch

SECRET = "${aws_db_instance.database.master_user_secret[0].secret_arn}"


def test_the_cluster_has_container_insights(main: Stack) -> None:
    assert main.resource("aws_ecs_cluster") == {
        "name": "example-app-dev",
        "setting": [{"name": "containerInsights", "value": "enabled"}],
        "configuration": {"execute_command_configuration": {"logging": "DEFAULT"}},
        "depends_on": ["aws_cloudwatch_log_group.service_insights"],
    }


def test_the_service_runs_in_the_private_subnets(main: Stack) -> None:
    """Its tasks are targets of the load balancer, and a failed deployment is rolled back."""
    assert main.resource("aws_ecs_service") == {
        "name": "example-app-dev",
        "cluster": "${aws_ecs_cluster.service_cluster.arn}",
        "task_definition": "${local.service_task_definition_live}",
        "desired_count": 1,
        "launch_type": "FARGATE",
        "propagate_tags": "SERVICE",
        "network_configuration": {
            "subnets": ["${aws_subnet.network_zone_0_private.id}", "${aws_subnet.network_zone_1_private.id}"],
            "security_groups": ["${aws_security_group.service_access.id}"],
            "assign_public_ip": False,
        },
        "load_balancer": [
            {
                "container_name": "app",
                "container_port": 3000,
                "target_group_arn": "${aws_lb_target_group.load_balancer_targets.arn}",
            }
        ],
        "health_check_grace_period_seconds": 60,
        "deployment_circuit_breaker": {"enable": True, "rollback": True},
        "depends_on": ["aws_lb_listener.load_balancer_https", "aws_iam_role_policy.service_execution_role_rights"],
    }


def test_logs_and_container_insights_are_kept_for_30_days(main: Stack) -> None:
    groups = main.resources("aws_cloudwatch_log_group")

    assert groups["service_logs"] == {"name": "/ecs/example-app-dev", "retention_in_days": 30}
    assert groups["service_insights"] == {
        "name": "/aws/ecs/containerinsights/example-app-dev/performance",
        "retention_in_days": 30,
    }


def test_with_a_key_the_execution_role_can_only_decrypt(prod: System) -> None:
    rights = [each for each in prod["prod-main"].statements("service_execution_role") if each["Resource"] == [KEY]]

    assert rights == [{"Sid": "DecryptWithKey", "Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": [KEY]}]


def test_the_execution_role_logs_reads_the_login_and_pulls(main: Stack) -> None:
    assert main.statements("service_execution_role") == [
        {
            "Sid": "WriteLogs",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": ["${aws_cloudwatch_log_group.service_logs.arn}:*"],
        },
        {
            "Sid": "ReadDatabaseLogin",
            "Effect": "Allow",
            "Action": ["secretsmanager:GetSecretValue"],
            "Resource": [SECRET],
        },
        {
            "Sid": "PullImages",
            "Effect": "Allow",
            "Action": ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"],
            "Resource": [REPOSITORY_ARN],
        },
        {
            "Sid": "LogInToTheRegistry",
            "Effect": "Allow",
            "Action": ["ecr:GetAuthorizationToken"],
            "Resource": ["*"],
        },
    ]


@dataclass(frozen=True)
class Resource:
    """A resource that gives the container one variable and one secret."""

    variables: Mapping[str, str]
    secrets: Mapping[str, str]


def service_with(outdir: Path, *connections: Resource) -> Stack:
    """Return a stack with a service that no verb grants anything, and with these connections."""

    def declare(stack: AwsStack) -> None:
        environment = Environment.of(DEV)
        network = Network(stack, "network", environment=environment, settings=DEV.network)
        zone = HostedZone(stack, "zone", settings=DEV)
        load_balancer = LoadBalancer(
            stack,
            "load_balancer",
            environment=environment,
            network=network,
            zone=zone,
            certificate=Certificate(stack, "certificate", environment=environment, zone=zone),
            access_logs=None,
            settings=DEV.service,
        )
        service = Service(
            stack,
            "service",
            environment=environment,
            network=network,
            load_balancer=load_balancer,
            repository=Repository(stack, "repository", environment=environment, settings=DEV.pipeline),
            settings=DEV.service,
        )
        for connection in connections:
            service.connect_to(connection)

    return scratch(outdir, declare)


def test_the_task_role_has_no_permissions_of_its_own(tmp_path: Path) -> None:
    """Only verbs of resources grant the task role permissions."""
    stack = service_with(tmp_path)

    assert "service_task_role" in stack.resources("aws_iam_role")
    assert stack.statements("service_task_role") == []


def test_the_container_gets_variables_and_secrets_of_resources(tmp_path: Path) -> None:
    stack = service_with(tmp_path, Resource({"Z": "1"}, {"Y": "arn:y"}), Resource({"X": "2"}, {}))

    assert stack.container()["environment"] == [{"name": "X", "value": "2"}, {"name": "Z", "value": "1"}]
    assert stack.container()["secrets"] == [{"name": "Y", "valueFrom": "arn:y"}]


@pytest.mark.parametrize("second", [Resource({"A": "2"}, {}), Resource({}, {"A": "arn:a"})])
def test_a_variable_that_two_resources_set_is_refused(second: Resource, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^container: a variable must have one value, but A is set two times$"):
        service_with(tmp_path, Resource({"A": "1"}, {}), second)


def test_only_the_load_balancer_reaches_it_and_it_reaches_anything(main: Stack) -> None:
    group = "${aws_security_group.service_access.id}"
    ways_in = main.resources("aws_vpc_security_group_ingress_rule").values()
    ways_out = main.resources("aws_vpc_security_group_egress_rule").values()

    assert [rule for rule in ways_in if rule["security_group_id"] == group] == [
        {
            "security_group_id": group,
            "referenced_security_group_id": "${aws_security_group.load_balancer_access.id}",
            "ip_protocol": "tcp",
            "from_port": 3000,
            "to_port": 3000,
        }
    ]
    assert [rule for rule in ways_out if rule["security_group_id"] == group] == [
        {"security_group_id": group, "cidr_ipv4": "0.0.0.0/0", "ip_protocol": "-1"}
    ]
