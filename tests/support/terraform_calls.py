"""The AWS calls of Terraform, from the provider's log (TF_LOG_PROVIDER=DEBUG, TF_LOG_PATH).

https://developer.hashicorp.com/terraform/internals/debugging
"""

import re
from pathlib import Path

from localaws.iam.reference.operations import action_of

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
