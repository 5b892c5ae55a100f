"""The application's output, in the form that tests compare."""

import json
import re
from collections.abc import Callable, Iterable
from copy import deepcopy
from pathlib import Path
from typing import Any

import cdktf

import main
from settings import Settings
from stacks.stack import PATH_STYLE_S3, AwsStack

Json = dict[str, Any]

ROOT = Path(__file__).resolve().parents[2]

DEV = Settings(
    environment="dev",
    app="example-app",
    region="eu-central-1",
    domain="example-app.dev-environment.com",
    protect=False,
)
"""The system of the article. All other settings have their defaults."""

ROLE_ARN = "arn:aws:iam::123456789012:role/deploy"
POLICY_ARN = "arn:aws:iam::123456789012:policy/boundary"
KEY_ARN = "arn:aws:kms:us-east-2:123456789012:key/1234abcd-12ab-34cd-96ef-1234567890ab"
PROVIDER_ARN = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
OPERATOR_ARN = "arn:aws:iam::123456789012:role/operator"
SECRET_ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:api-AbCdEf"
PARAMETER_ARN = "arn:aws:ssm:us-east-1:123456789012:parameter/shop/dsn"

PROD = Settings.model_validate(
    {
        "environment": "prod",
        "app": "shop",
        "region": "us-east-1",
        "domain": "shop.example.com",
        "protect": True,
        "customer_managed_key": True,
        "account_id": "123456789012",
        "role_arn": ROLE_ARN,
        "permissions_boundary_arn": POLICY_ARN,
        "aws_provider_versions": "~> 5.100",
        "tags": {"cost-centre": "4711"},
        "state": {
            "backend": "s3",
            "bucket": "shop-state",
            "region": "us-east-2",
            "prefix": "shop",
            "kms_key_arn": KEY_ARN,
        },
        "network": {"cidr": "10.8.0.0/20", "zones": 3, "nat_gateways": 3},
        "database": {
            "name": "orders",
            "port": 6543,
            "instance_class": "db.m7g.large",
            "storage_gib": 100,
            "multi_az": True,
            "redeploy_on_rotation": False,
        },
        "service": {
            "container_name": "web",
            "container_port": 8080,
            "cpu": 1024,
            "memory_mib": 4096,
            "desired_count": 2,
            "health_check_path": "/health",
            "grace_period_seconds": 120,
            "health_check_interval_seconds": 15,
            "health_check_timeout_seconds": 10,
            "unhealthy_threshold": 3,
            "container_health_check": {
                "command": ["CMD", "/health", "--quiet"],
                "interval_seconds": 10,
                "timeout_seconds": 4,
                "retries": 2,
                "start_period_seconds": 20,
            },
            "user": "0",
            "readonly_root_filesystem": False,
            "ecs_exec": True,
            "environment": {"LOG_LEVEL": "debug", "CURRENCY": "EUR"},
            "secrets": {"API_KEY": f"{SECRET_ARN}:key::", "API_SALT": f"{SECRET_ARN}:salt::", "DSN": PARAMETER_ARN},
        },
        "logs": {"retention_days": 365, "flow_logs": False, "access_logs": False},
        "pipeline": {
            "watch": "release-*",
            "immutable_tags": True,
            "execution_mode": "QUEUED",
            "build_compute": "LAMBDA",
        },
        "push": {"repository": "acme/app", "branch": "release/1", "oidc_provider_arn": PROVIDER_ARN},
        "viewer": {"principals": [OPERATOR_ARN]},
        "operator": {"principals": [OPERATOR_ARN]},
    }
)
"""A system that creates its own zone. Every other setting differs from its default."""

EVERYTHING = PROD.model_copy(
    update={
        "logs": PROD.logs.model_copy(update={"flow_logs": True, "access_logs": True}),
        "database": PROD.database.model_copy(update={"redeploy_on_rotation": True}),
    }
)
"""An environment with every option."""


class Stack:
    """One stack as Terraform reads it, without cdktf's comments (`//`).

    cdktf ends most addresses with a hash of the construct's path. Only the snapshots keep this hash.
    """

    def __init__(self, file: Path) -> None:
        text = re.sub(r"_[0-9A-F]{8}(?![0-9A-Za-z_])", "", file.read_text(encoding="utf-8"))
        self.json: Json = json.loads(text, object_pairs_hook=_unique)

    def resources(self, type_: str) -> Json:
        """Return a copy of all resources of a type, by name. A test may change the copy."""
        resources: Json = deepcopy(self.json["resource"].get(type_, {}))
        return resources

    def resource(self, type_: str) -> Json:
        """Return the only resource of a type."""
        [resource] = self.resources(type_).values()
        found: Json = resource
        return found

    def addresses(self) -> set[str]:
        """Return the address of every resource."""
        return {f"{type_}.{name}" for type_, resources in self.json["resource"].items() for name in resources}

    def statements(self, role: str) -> list[Json]:
        """Return the statements of all policies of a role, including attached policies."""
        return [statement for text in self.policies(role) for statement in json.loads(text)["Statement"]]

    def policies(self, role: str) -> list[str]:
        """Return the inline policy of a role and the policies attached to it."""
        held_by = f"${{aws_iam_role.{role}.name}}"
        shared = {
            f"${{aws_iam_policy.{name}.arn}}": policy for name, policy in self.resources("aws_iam_policy").items()
        }
        own = [policy for policy in self.resources("aws_iam_role_policy").values() if policy["role"] == held_by]
        attached = [
            shared[attachment["policy_arn"]]
            for attachment in self.resources("aws_iam_role_policy_attachment").values()
            if attachment["role"] == held_by
        ]
        return [policy["policy"] for policy in own + attached]

    def container(self) -> Json:
        """Return the declared container, without the image and the settings label of a revision."""
        found: Json = self.json["locals"]["service_task_definition_settings"]["container"]
        return found


System = dict[str, Stack]
"""The stacks of an application, by name."""


def system(outdir: Path, settings: Settings, *, path_style_s3: bool = False) -> System:
    """Synthesize the stacks of one environment."""
    return synthesize(outdir, lambda app: main.declare(app, settings), path_style_s3=path_style_s3)


def scratch(outdir: Path, declare: Callable[[AwsStack], object]) -> Stack:
    """Synthesize a stack with the constructs that `declare` creates."""

    def with_stack(app: cdktf.App) -> None:
        declare(AwsStack(app, "scratch", settings=DEV))

    return synthesize(outdir, with_stack)["scratch"]


def synthesize(outdir: Path, declare: Callable[[cdktf.App], None], *, path_style_s3: bool = False) -> System:
    """Synthesize an application into a folder."""
    app = cdktf.App(outdir=str(outdir), context={PATH_STYLE_S3: True} if path_style_s3 else None)
    declare(app)
    app.synth()
    return read(outdir)


def read(outdir: Path) -> System:
    """Read the stacks that an application wrote."""
    return {file.parent.name: Stack(file) for file in sorted(outdir.glob("stacks/*/cdk.tf.json"))}


def imported(stack: str, type_: str, construct: str, attribute: str) -> str:
    """Return a reference to an attribute of another stack's primary resource, through that stack's state."""
    output = f"cross-stack-output-{type_}{construct}{attribute}"
    return f"${{data.terraform_remote_state.cross-stack-reference-input-{stack}.outputs.{output}}}"


REPOSITORY_URL = imported("dev-registry", "aws_ecr_repository", "repository", "repository_url")
REPOSITORY_NAME = imported("dev-registry", "aws_ecr_repository", "repository", "name")
REPOSITORY_ARN = imported("dev-registry", "aws_ecr_repository", "repository", "arn")
ACCOUNT_ID = "${data.aws_caller_identity.account.account_id}"
KEY = "${aws_kms_key.key.arn}"
ZONE_ID = imported("dev-dns", "aws_route53_zone", "zone", "zone_id")


def _unique(pairs: Iterable[tuple[str, Any]]) -> Json:
    made: Json = {}
    for key, value in pairs:
        if key in made:
            raise ValueError(f"two addresses differ in their hash only: {key}")
        if key != "//":
            made[key] = value
    return made
