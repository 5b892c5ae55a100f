"""The image repository and its grants."""

import json
from pathlib import Path

from constructs import Construct

from modules.environment import Environment
from modules.iam import Role
from modules.repository import Repository
from tests.support.synthesized import ACCOUNT_ID, DEV, System, scratch
from tests.support.workflow_roles import PARTITION


def test_an_unprotected_repository_can_be_deleted_with_images(dev: System) -> None:
    """It scans each image after the push."""
    assert dev["dev-registry"].resources("aws_ecr_repository") == {
        "repository": {
            "name": "example-app-dev",
            "image_scanning_configuration": {"scan_on_push": True},
            "force_delete": True,
        }
    }


def test_a_protected_repository_cannot_be_deleted_with_images(prod: System) -> None:
    assert prod["prod-registry"].resources("aws_ecr_repository") == {
        "repository": {
            "name": "shop-prod",
            "image_tag_mutability": "IMMUTABLE",
            "image_scanning_configuration": {"scan_on_push": True},
            "force_delete": False,
        }
    }


def test_the_newest_30_images_and_the_watched_tag_are_kept(dev: System) -> None:
    lifecycle = dev["dev-registry"].resource("aws_ecr_lifecycle_policy")

    assert json.loads(lifecycle.pop("policy")) == {
        "rules": [
            {
                "rulePriority": 1,
                "description": "keep the newest image with the tag latest",
                "selection": {
                    "tagStatus": "tagged",
                    "tagPatternList": ["latest"],
                    "countType": "imageCountMoreThan",
                    "countNumber": 1,
                },
                "action": {"type": "expire"},
            },
            {
                "rulePriority": 2,
                "description": "keep the newest 30 images",
                "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 30},
                "action": {"type": "expire"},
            },
        ]
    }
    assert lifecycle == {"repository": "${aws_ecr_repository.repository.name}"}


def test_of_a_pattern_the_newest_30_images_are_kept(prod: System) -> None:
    [watched, rest] = json.loads(prod["prod-registry"].resource("aws_ecr_lifecycle_policy")["policy"])["rules"]

    assert watched == {
        "rulePriority": 1,
        "description": "keep the newest 30 images with the tag release-*",
        "selection": {
            "tagStatus": "tagged",
            "tagPatternList": ["release-*"],
            "countType": "imageCountMoreThan",
            "countNumber": 30,
        },
        "action": {"type": "expire"},
    }
    assert rest["selection"] == {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 30}


def test_its_url_is_an_output(dev: System) -> None:
    assert dev["dev-registry"].json["output"]["repository_url"] == {
        "value": "${aws_ecr_repository.repository.repository_url}"
    }


def test_a_role_may_push_before_the_repository_exists(tmp_path: Path) -> None:
    """The ARN is built from names, and refers to no resource. The actions are those of AWS's page."""

    def declare(stack: Construct) -> None:
        repository = Repository(stack, "repository", environment=Environment.of(DEV), settings=DEV.pipeline)
        role = Role(stack, "role", name="example-app-dev-ci", assumed_by="codebuild.amazonaws.com")
        repository.grant_push(role)

    assert scratch(tmp_path, declare).statements("role") == [
        {
            "Sid": "PushImages",
            "Effect": "Allow",
            "Action": [
                "ecr:CompleteLayerUpload",
                "ecr:UploadLayerPart",
                "ecr:InitiateLayerUpload",
                "ecr:BatchCheckLayerAvailability",
                "ecr:PutImage",
                "ecr:BatchGetImage",
            ],
            "Resource": [f"arn:{PARTITION}:ecr:eu-central-1:{ACCOUNT_ID}:repository/example-app-dev"],
        },
        {
            "Sid": "LogInToTheRegistry",
            "Effect": "Allow",
            "Action": ["ecr:GetAuthorizationToken"],
            "Resource": ["*"],
        },
    ]
