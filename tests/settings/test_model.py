"""An environment: defaults, and the rules that join its tables."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from settings import REHEARSED_PROVIDER, Settings, load
from tests.support.settings_files import MINIMAL, refusal, with_line, written
from tests.support.synthesized import (
    DEV,
    KEY_ARN,
    OPERATOR_ARN,
    PARAMETER_ARN,
    POLICY_ARN,
    PROD,
    PROVIDER_ARN,
    ROLE_ARN,
    SECRET_ARN,
)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            'app = "twenty-three-letters-it"',
            (
                "dev.app: must lead to names of at most 26 characters; twenty-three-letters-it-dev has 27, "
                "got 'twenty-three-letters-it'"
            ),
        ),
        (
            'app = "internal"',
            (
                "dev.app: must not lead to a name with a prefix that AWS reserves; internal-dev begins with internal-, "
                "got 'internal'"
            ),
        ),
        (
            'app = "sthree-shop"',
            (
                "dev.app: must not lead to a name with a prefix that AWS reserves; sthree-shop-dev begins with "
                "sthree-, got 'sthree-shop'"
            ),
        ),
        (
            f'state.kms_key_arn = "{KEY_ARN}"',
            (
                "dev.state: kms_key_arn must name a key in the region of the bucket (eu-central-1), "
                f"got {{'kms_key_arn': '{KEY_ARN}'}}"
            ),
        ),
        (
            'ci.repository = "o/n"',
            (
                "dev.ci: requires state.backend 's3', because the runner of a workflow keeps no local state, "
                "got {'repository': 'o/n'}"
            ),
        ),
        (
            f'ci.repository = "o/n"\nrole_arn = "{ROLE_ARN}"\nstate = {{ backend = "s3", bucket = "shop-state" }}',
            (
                "dev.ci: must not be combined with role_arn, because each workflow assumes a role of the ci stack, "
                "got {'repository': 'o/n'}"
            ),
        ),
        (
            (
                'state = { backend = "s3", bucket = "shop-state" }\nci.repository = "o/n"\n'
                f'push = {{ repository = "o/app", oidc_provider_arn = "{PROVIDER_ARN}" }}'
            ),
            (
                "dev.push: must not have oidc_provider_arn together with the table ci, because both use the provider "
                "of ci; remove oidc_provider_arn here, and set ci.oidc_provider_arn if the provider exists, "
                f"got {{'repository': 'o/app', 'oidc_provider_arn': '{PROVIDER_ARN}'}}"
            ),
        ),
    ],
)
def test_an_error_has_place_limit_and_value(line: str, message: str, tmp_path: Path) -> None:
    assert refusal(with_line(tmp_path, line)) == [message]


def test_lambda_compute_is_refused_in_regions_without_it(tmp_path: Path) -> None:
    text = f'{MINIMAL}pipeline.build_compute = "LAMBDA"'.replace("eu-central-1", "eu-north-1")

    [told] = refusal(written(tmp_path, text))
    assert told == (
        "dev.pipeline: build_compute must be 'EC2' in eu-north-1; as of November 2026, CodeBuild has Lambda compute "
        "only in ap-northeast-1, ap-south-1, ap-southeast-1, ap-southeast-2, eu-central-1, eu-west-1, sa-east-1, "
        "us-east-1, us-east-2, us-west-2, got {'build_compute': 'LAMBDA'}"
    )


def test_every_optional_setting_has_its_default(tmp_path: Path) -> None:
    [settings] = load(written(tmp_path, MINIMAL))

    assert settings.model_dump() == {
        "environment": "dev",
        "app": "example-app",
        "region": "eu-central-1",
        "domain": "example-app.dev-environment.com",
        "hosted_zone_id": None,
        "account_id": None,
        "role_arn": None,
        "permissions_boundary_arn": None,
        "aws_provider_versions": "5.100.0",
        "tags": {},
        "protect": True,
        "customer_managed_key": False,
        "state": {"backend": "local", "bucket": None, "region": None, "prefix": None, "kms_key_arn": None},
        "network": {"cidr": "10.0.0.0/16", "zones": 2, "nat_gateways": 1},
        "database": {
            "name": "app",
            "port": 5432,
            "engine_version": 18,
            "instance_class": "db.t4g.micro",
            "storage_gib": 20,
            "multi_az": False,
            "apply_immediately": False,
            "redeploy_on_rotation": True,
        },
        "service": {
            "container_name": "app",
            "container_port": 3000,
            "cpu": 256,
            "memory_mib": 1024,
            "desired_count": 1,
            "health_check_path": "/",
            "grace_period_seconds": 60,
            "health_check_interval_seconds": 10,
            "health_check_timeout_seconds": 5,
            "unhealthy_threshold": 10,
            "container_health_check": None,
            "user": "1000:1000",
            "readonly_root_filesystem": True,
            "ecs_exec": False,
            "environment": {},
            "secrets": {},
        },
        "logs": {"retention_days": 30, "flow_logs": True, "access_logs": True},
        "pipeline": {
            "watch": "latest",
            "immutable_tags": False,
            "execution_mode": "SUPERSEDED",
            "build_compute": "EC2",
        },
        "ci": None,
        "push": None,
        "viewer": None,
        "operator": None,
    }


def test_everything_can_be_set(tmp_path: Path) -> None:
    text = f"""
        [prod]
        app = "shop"
        region = "us-east-1"
        domain = "shop.example.com"
        protect = true
        account_id = "123456789012"
        role_arn = "{ROLE_ARN}"
        permissions_boundary_arn = "{POLICY_ARN}"
        aws_provider_versions = "~> 5.100"
        customer_managed_key = true
        tags.cost-centre = "4711"
        pipeline.watch = "release-*"
        pipeline.immutable_tags = true
        pipeline.execution_mode = "QUEUED"
        pipeline.build_compute = "LAMBDA"
        logs = {{ retention_days = 365, flow_logs = false, access_logs = false }}

        [prod.state]
        backend = "s3"
        bucket = "shop-state"
        region = "us-east-2"
        prefix = "shop"
        kms_key_arn = "{KEY_ARN}"

        [prod.network]
        cidr = "10.8.0.0/20"
        zones = 3
        nat_gateways = 3

        [prod.database]
        name = "orders"
        port = 6543
        instance_class = "db.m7g.large"
        storage_gib = 100
        multi_az = true
        redeploy_on_rotation = false

        [prod.service]
        container_name = "web"
        container_port = 8080
        cpu = 1024
        memory_mib = 4096
        desired_count = 2
        health_check_path = "/health"
        grace_period_seconds = 120
        health_check_interval_seconds = 15
        health_check_timeout_seconds = 10
        unhealthy_threshold = 3
        user = "0"
        readonly_root_filesystem = false
        ecs_exec = true
        environment = {{ LOG_LEVEL = "debug", CURRENCY = "EUR" }}

        [prod.push]
        repository = "acme/app"
        branch = "release/1"
        oidc_provider_arn = "{PROVIDER_ARN}"

        [prod.viewer]
        principals = ["{OPERATOR_ARN}"]

        [prod.operator]
        principals = ["{OPERATOR_ARN}"]

        [prod.service.container_health_check]
        command = ["CMD", "/health", "--quiet"]
        interval_seconds = 10
        timeout_seconds = 4
        retries = 2
        start_period_seconds = 20

        [prod.service.secrets]
        API_KEY = "{SECRET_ARN}:key::"
        API_SALT = "{SECRET_ARN}:salt::"
        DSN = "{PARAMETER_ARN}"
    """

    assert load(written(tmp_path, text)) == [PROD]


def test_push_needs_no_state_in_s3_and_works_with_a_role(tmp_path: Path) -> None:
    [settings] = load(written(tmp_path, f'{MINIMAL}push.repository = "o/app"\nrole_arn = "{ROLE_ARN}"\n'))

    assert (settings.state.backend, settings.github) == ("local", settings.push)


def test_app_and_environment_make_the_name() -> None:
    assert DEV.name == "example-app-dev"


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        DEV.service.cpu = 512


def test_the_settings_name_the_rehearsed_version_exactly() -> None:
    assert Settings.model_fields["aws_provider_versions"].default == REHEARSED_PROVIDER == "5.100.0"
