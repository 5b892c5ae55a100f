"""The AWS calls of Terraform, from the provider's log (TF_LOG_PROVIDER=DEBUG, TF_LOG_PATH).

https://developer.hashicorp.com/terraform/internals/debugging
"""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

from localaws.iam.reference import actions as reference
from localaws.iam.reference.operations import action_of
from modules.github.terraform_rights import CREATE, READ, READ_ANY, WRITE
from tests.support.lists import listed

_METHOD = re.compile(r"\brpc\.method=(\w+)")
_SERVICE = re.compile(r'\brpc\.service=(?:"([^"]+)"|(\w+))')

_PREFIXES = {
    "ACM": "acm",
    "CloudWatch Logs": "logs",
    "CodeBuild": "codebuild",
    "CodePipeline": "codepipeline",
    "EC2": "ec2",
    "ECR": "ecr",
    "ECS": "ecs",
    "Elastic Load Balancing v2": "elasticloadbalancing",
    "EventBridge": "events",
    "IAM": "iam",
    "KMS": "kms",
    "RDS": "rds",
    "Route 53": "route53",
    "S3": "s3",
    "SFN": "states",
    "SSM": "ssm",
    "STS": "sts",
}

NOT_ASKED = {
    "what is made with tags, and whose tags change": {
        "acm:AddTagsToCertificate",
        "acm:RemoveTagsFromCertificate",
        "ec2:DeleteTags",
        "ecs:ListTagsForResource",
        "elasticloadbalancing:AddTags",
        "elasticloadbalancing:RemoveTags",
        "iam:TagRole",
        "iam:UntagRole",
        "rds:AddTagsToResource",
        "rds:RemoveTagsFromResource",
        "ssm:RemoveTagsFromResource",
        *(
            f"{service}:{verb}Resource"
            for service in ("codepipeline", "ecr", "ecs", "events", "kms", "logs", "states")
            for verb in ("Tag", "Untag")
        ),
    },
    "settings that change": {
        "codebuild:UpdateProject",
        "codepipeline:UpdatePipeline",
        "ec2:ModifySecurityGroupRules",
        "ec2:ModifyVpcEndpoint",
        "ec2:ReplaceRoute",
        "ecr:PutImageTagMutability",
        "ecs:UpdateCluster",
        "elasticloadbalancing:ModifyListener",
        "elasticloadbalancing:ModifyTargetGroup",
        "elasticloadbalancing:SetSubnets",
        "iam:DeleteRolePermissionsBoundary",
        "iam:PutRolePermissionsBoundary",
        "iam:UpdateAssumeRolePolicy",
        "kms:PutKeyPolicy",
        "kms:UpdateAlias",
        "logs:AssociateKmsKey",
        "logs:DisassociateKmsKey",
        "rds:ModifyDBSubnetGroup",
        "states:UpdateStateMachine",
    },
    "protect = true: a final snapshot": {"rds:CreateDBSnapshot"},
    "hosted_zone_id, which the provider looks for among all zones": {"route53:ListHostedZones"},
    "a bucket in which somebody turned versions on": {"s3:DeleteObjectVersion"},
    "from provider 6.23 on, which reads a bucket's tags and sends them at its creation": {
        "s3:ListTagsForResource",
        "s3:TagResource",
        "s3:UntagResource",
    },
    "what RDS and Elastic Load Balancing ask of the caller in a VPC": {"ec2:DescribeAccountAttributes"},
    "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html": {
        "secretsmanager:CreateSecret",
        "secretsmanager:TagResource",
    },
}
"""Reason to the allowed actions that Terraform does not call in the rehearsal of the tests."""


def actions(log: Path) -> set[str]:
    """Return the IAM actions that the calls in a log need."""
    found = set()
    with log.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            method, service = _METHOD.search(line), _SERVICE.search(line)
            if method and service:
                name = service[1] or service[2]
                prefix = _PREFIXES.get(name)
                assert prefix, f"tests/support/terraform_calls.py: add {name!r} with its IAM prefix to _PREFIXES"
                found.add(action_of(prefix, method[1], {}))
    return found


def not_allowed(asked: Iterable[str]) -> list[str]:
    """Return a line for each action that Terraform called and that the deploy role does not allow."""
    return [
        f'modules/github/terraform_rights.py, {_list(action)}: add {{1}} to "{{0}}"'.format(*action.split(":"))
        for action in sorted(asked)
        if not any(fnmatchcase(action, right) for right in allowed())
    ]


def allowed() -> set[str]:
    """Return the actions that the deploy role allows."""
    return {*READ_ANY, *READ, *CREATE, *WRITE}


def not_listed(asked: Iterable[str], reasons: Iterable[str]) -> list[str]:
    """Return a line for each allowed action that Terraform did not call and that has no reason, and the reverse."""
    called = set(asked)
    return listed.faults(
        {right for right in allowed() if not any(fnmatchcase(action, right) for action in called)},
        reasons,
        place="tests/support/terraform_calls.py, NOT_ASKED",
        entry='"{}"'.format,
        end=" if Terraform needs the action in another case; otherwise remove it from "
        "modules/github/terraform_rights.py",
    )


def _list(action: str) -> str:
    """Return the list of terraform_rights.py for an action, according to AWS's reference."""
    found = reference.find(action)
    takes_arn = bool(found and found.resource_types)
    if action.partition(":")[2].startswith(("BatchGet", "Describe", "Get", "List")):
        return "READ" if takes_arn else "READ_ANY"
    return "WRITE" if takes_arn else "CREATE"
