"""The common part of every stack: account, role, tags, versions, state."""

import pytest

from tests.support.synthesized import KEY_ARN, POLICY_ARN, ROLE_ARN, System

PARTS = ["registry", "dns", "main"]


@pytest.mark.parametrize("part", PARTS)
def test_the_provider_works_in_no_other_account_and_as_the_role(part: str, prod: System) -> None:
    assert prod[f"prod-{part}"].json["provider"] == {
        "aws": [
            {
                "region": "us-east-1",
                "allowed_account_ids": ["123456789012"],
                "assume_role": [{"role_arn": ROLE_ARN}],
                "s3_use_path_style": True,
                "default_tags": [
                    {
                        "tags": {
                            "app": "shop",
                            "cost-centre": "4711",
                            "environment": "prod",
                            "managed-by": "terraform",
                        }
                    }
                ],
            }
        ]
    }


@pytest.mark.parametrize("part", PARTS)
def test_without_a_role_the_provider_acts_as_the_caller(part: str, dev: System) -> None:
    """Without an account in the settings, the provider accepts the caller's."""
    assert dev[f"dev-{part}"].json["provider"] == {
        "aws": [
            {
                "region": "eu-central-1",
                "default_tags": [
                    {"tags": {"app": "example-app", "environment": "dev", "managed-by": "terraform"}},
                ],
            }
        ]
    }


@pytest.mark.parametrize(("environment", "versions"), [("dev", "5.100.0"), ("prod", "~> 5.100")])
def test_the_versions_of_the_provider_are_a_setting(
    environment: str, versions: str, request: pytest.FixtureRequest
) -> None:
    system: System = request.getfixturevalue(environment)

    for stack in system.values():
        assert stack.json["terraform"]["required_providers"]["aws"]["version"] == versions
        assert stack.json["terraform"]["required_version"] == ">= 1.10"


@pytest.mark.parametrize("part", PARTS)
def test_local_state_is_next_to_the_output_folder(part: str, dev: System) -> None:
    assert dev[f"dev-{part}"].json["terraform"]["backend"] == {
        "local": {"path": f"../../../terraform.dev-{part}.tfstate"}
    }


@pytest.mark.parametrize(("environment", "boundary"), [("dev", None), ("prod", POLICY_ARN)])
def test_the_permissions_boundary_of_the_roles_is_a_setting(
    environment: str, boundary: str | None, request: pytest.FixtureRequest
) -> None:
    main = request.getfixturevalue(environment)[f"{environment}-main"]

    roles = main.resources("aws_iam_role").values()

    assert {role.get("permissions_boundary") for role in roles} == {boundary}


S3 = {
    "bucket": "shop-state",
    "region": "us-east-2",
    "encrypt": True,
    "kms_key_id": KEY_ARN,
    "allowed_account_ids": ["123456789012"],
    "assume_role": {"role_arn": ROLE_ARN},
    "use_path_style": True,
}


@pytest.mark.parametrize("part", PARTS)
def test_state_in_s3_is_encrypted_and_locked(part: str, prod: System) -> None:
    assert prod[f"prod-{part}"].json["terraform"]["backend"] == {
        "s3": S3 | {"key": f"shop/prod-{part}.tfstate", "use_lockfile": True}
    }


def test_references_between_stacks_follow_the_state(dev: System, prod: System) -> None:
    for system, environment, backend, config in (
        (dev, "dev", "local", {"path": "../../../terraform.{stack}.tfstate"}),
        (prod, "prod", "s3", S3 | {"key": "shop/{stack}.tfstate"}),
    ):
        assert system[f"{environment}-main"].json["data"]["terraform_remote_state"] == {
            f"cross-stack-reference-input-{stack}": {
                "backend": backend,
                "workspace": "${terraform.workspace}",
                "config": {
                    key: value.format(stack=stack) if isinstance(value, str) else value for key, value in config.items()
                },
            }
            for stack in (f"{environment}-registry", f"{environment}-dns")
        }
