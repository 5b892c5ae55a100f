"""The Fargate service."""

from tests.support.synthesized import KEY, PARAMETER_ARN, REPOSITORY_ARN, REPOSITORY_URL, SECRET_ARN, Stack, System

SECRET = "${aws_db_instance.database.master_user_secret[0].secret_arn}"
DEFINITION = "aws_ecs_task_definition.service_task_definition"


def test_the_cluster_has_container_insights(main: Stack) -> None:
    assert main.resource("aws_ecs_cluster") == {
        "name": "example-app-dev",
        "setting": [{"name": "containerInsights", "value": "enabled"}],
        "depends_on": ["aws_cloudwatch_log_group.service_insights"],
    }


def test_the_service_runs_in_private_subnets_behind_the_load_balancer_and_rolls_back(main: Stack) -> None:
    assert main.resource("aws_ecs_service") == {
        "name": "example-app-dev",
        "cluster": "${aws_ecs_cluster.service_cluster.arn}",
        "task_definition": (
            f"${{{DEFINITION}.family}}:"
            f"${{max({DEFINITION}.revision, data.aws_ecs_task_definition.service_newest_task_definition.revision)}}"
        ),
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


def test_the_newest_revision_is_looked_up_after_terraform_wrote_its_own(main: Stack) -> None:
    assert main.json["data"]["aws_ecs_task_definition"] == {
        "service_newest_task_definition": {"task_definition": f"${{{DEFINITION}.family}}", "depends_on": [DEFINITION]}
    }


def test_the_task_runs_on_fargate_and_its_revisions_are_kept(main: Stack) -> None:
    definition = main.resource("aws_ecs_task_definition")
    del definition["container_definitions"]

    assert definition == {
        "family": "example-app-dev",
        "requires_compatibilities": ["FARGATE"],
        "network_mode": "awsvpc",
        "cpu": "256",
        "memory": "1024",
        "execution_role_arn": "${aws_iam_role.service_execution_role.arn}",
        "task_role_arn": "${aws_iam_role.service_task_role.arn}",
        "skip_destroy": True,
    }


def test_the_container_knows_the_database_and_gets_its_login_as_secrets(main: Stack) -> None:
    assert main.container() == {
        "name": "app",
        "image": f"{REPOSITORY_URL}:latest",
        "essential": True,
        "portMappings": [{"containerPort": 3000, "protocol": "tcp"}],
        "environment": [
            {"name": "DB_HOST", "value": "${aws_db_instance.database.address}"},
            {"name": "DB_NAME", "value": "app"},
            {"name": "DB_PORT", "value": "5432"},
        ],
        "secrets": [
            {"name": "DB_PASSWORD", "valueFrom": f"{SECRET}:password::"},
            {"name": "DB_USER", "valueFrom": f"{SECRET}:username::"},
        ],
        "user": "1000:1000",
        "readonlyRootFilesystem": True,
        "linuxParameters": {
            "capabilities": {"add": [], "drop": ["ALL"]},
            "initProcessEnabled": True,
            "tmpfs": [
                {"containerPath": "/tmp", "size": 256, "mountOptions": ["noexec", "nosuid", "nodev"]}  # noqa: S108 - the container's
            ],
        },
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": "${aws_cloudwatch_log_group.service_logs.name}",
                "awslogs-region": "eu-central-1",
                "awslogs-stream-prefix": "app",
            },
        },
    }


def test_size_times_and_environment_are_settings(prod: System) -> None:
    stack = prod["prod-main"]
    definition = stack.resource("aws_ecs_task_definition")
    container = stack.container()

    assert (definition["cpu"], definition["memory"]) == ("1024", "4096")
    assert stack.resource("aws_ecs_service")["desired_count"] == 2
    assert stack.resource("aws_ecs_service")["health_check_grace_period_seconds"] == 120
    assert container["environment"] == [
        {"name": "CURRENCY", "value": "EUR"},
        {"name": "DB_HOST", "value": "${aws_db_instance.database.address}"},
        {"name": "DB_NAME", "value": "orders"},
        {"name": "DB_PORT", "value": "6543"},
        {"name": "LOG_LEVEL", "value": "debug"},
    ]
    assert container["logConfiguration"]["options"]["awslogs-region"] == "us-east-1"


def test_the_container_may_be_root_and_write_anywhere_but_has_no_capability_of_roots(prod: System) -> None:
    container = prod["prod-main"].container()

    assert (container["user"], container["readonlyRootFilesystem"]) == ("0", False)
    assert container["linuxParameters"] == {"capabilities": {"add": [], "drop": ["ALL"]}, "initProcessEnabled": True}


def test_secrets_reach_the_container_by_their_arn_and_the_execution_role_reads_them(prod: System) -> None:
    stack = prod["prod-main"]

    assert stack.container()["secrets"] == [
        {"name": "API_KEY", "valueFrom": f"{SECRET_ARN}:key::"},
        {"name": "API_SALT", "valueFrom": f"{SECRET_ARN}:salt::"},
        {"name": "DB_PASSWORD", "valueFrom": f"{SECRET}:password::"},
        {"name": "DB_USER", "valueFrom": f"{SECRET}:username::"},
        {"name": "DSN", "valueFrom": PARAMETER_ARN},
    ]
    rights = {statement["Sid"]: statement for statement in stack.statements("service_execution_role")}
    assert [rights["ReadSecrets"], rights["ReadParameters"]] == [
        {
            "Sid": "ReadSecrets",
            "Effect": "Allow",
            "Action": ["secretsmanager:GetSecretValue"],
            "Resource": [SECRET_ARN],
        },
        {"Sid": "ReadParameters", "Effect": "Allow", "Action": ["ssm:GetParameters"], "Resource": [PARAMETER_ARN]},
    ]


def test_logs_and_container_insights_are_kept_for_30_days(main: Stack) -> None:
    groups = main.resources("aws_cloudwatch_log_group")

    assert groups["service_logs"] == {"name": "/ecs/example-app-dev", "retention_in_days": 30}
    assert groups["service_insights"] == {
        "name": "/aws/ecs/containerinsights/example-app-dev/performance",
        "retention_in_days": 30,
    }


def test_with_a_key_the_execution_role_may_decrypt_with_it_and_no_more(prod: System) -> None:
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


def test_the_container_itself_may_do_nothing(main: Stack) -> None:
    assert "service_task_role" in main.resources("aws_iam_role")
    assert main.statements("service_task_role") == []


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
