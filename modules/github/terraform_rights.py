"""The AWS actions that Terraform calls to plan, deploy, change and destroy a system.

The lists contain the actions that Terraform called in a rehearsal with every optional part of the system. They also
contain the actions that Terraform calls to change a setting of a deployed system. tests/system/test_rehearsal.py fails
if an action that Terraform called is not listed, or if a listed action was not called and has no reason in the tests.
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from settings.names import SYSTEM_ROLES, revision_parameter, role_name


def _actions(names: Mapping[str, str]) -> list[str]:
    return [f"{service}:{name}" for service, listed in names.items() for name in listed.split()]


READ_ANY = _actions(
    {
        "ec2": "DescribeAccountAttributes DescribeAddresses DescribeAddressesAttribute DescribeAvailabilityZones "
        "DescribeFlowLogs "
        "DescribeInternetGateways DescribeNatGateways DescribeNetworkAcls DescribeNetworkInterfaces "
        "DescribePrefixLists DescribeRouteTables DescribeSecurityGroupRules DescribeSecurityGroups DescribeSubnets "
        "DescribeVpcEndpoints DescribeVpcs",
        "ecs": "DescribeTaskDefinition",
        "elasticloadbalancing": "DescribeCapacityReservation DescribeListenerAttributes DescribeListeners "
        "DescribeLoadBalancerAttributes DescribeLoadBalancers DescribeTags DescribeTargetGroupAttributes "
        "DescribeTargetGroups",
        "kms": "ListAliases",
        "logs": "DescribeLogGroups",
        "route53": "ListHostedZones",
        "ssm": "DescribeParameters",
        "states": "ValidateStateMachineDefinition",
    }
)
"""Read actions that do not support resource-level permissions. SECURITY.md lists what they show of other systems."""

READ = _actions(
    {
        "acm": "DescribeCertificate ListTagsForCertificate",
        "codebuild": "BatchGetProjects",
        "codepipeline": "GetPipeline ListTagsForResource",
        "ec2": "DescribeVpcAttribute",
        "ecr": "DescribeRepositories GetLifecyclePolicy ListTagsForResource",
        "ecs": "DescribeClusters DescribeServices ListTagsForResource",
        "events": "DescribeRule ListTagsForResource ListTargetsByRule",
        "iam": "GetRole GetRolePolicy ListAttachedRolePolicies ListInstanceProfilesForRole ListRolePolicies",
        "kms": "DescribeKey GetKeyPolicy GetKeyRotationStatus ListResourceTags",
        "logs": "ListTagsForResource",
        "rds": "DescribeDBInstances DescribeDBParameterGroups DescribeDBParameters DescribeDBSubnetGroups "
        "ListTagsForResource",
        "route53": "GetChange GetDNSSEC GetHostedZone ListResourceRecordSets ListTagsForResource",
        "s3": "GetAccelerateConfiguration GetBucket* GetEncryptionConfiguration GetLifecycleConfiguration "
        "GetReplicationConfiguration ListBucket ListTagsForResource",
        "ssm": "GetParameter GetParametersByPath ListTagsForResource",
        "states": "DescribeStateMachine ListStateMachineVersions ListTagsForResource",
    }
)
"""Read actions on the configuration of resources, never on their data."""

CREATE = _actions(
    {
        "acm": "RequestCertificate",
        "ecs": "RegisterTaskDefinition",
        "kms": "CreateKey",
        "route53": "CreateHostedZone",
    }
)
"""Actions that create a resource, and for which a policy cannot name the ARN of this resource.

AWS lists an ARN for RegisterTaskDefinition since 2025, but AWS denied requests if the policy had this ARN.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECS.html
"""

WRITE = _actions(
    {
        "acm": "AddTagsToCertificate DeleteCertificate RemoveTagsFromCertificate",
        "codebuild": "CreateProject DeleteProject UpdateProject",
        "codepipeline": "CreatePipeline DeletePipeline TagResource UntagResource UpdatePipeline",
        "ec2": "AllocateAddress AssociateRouteTable AttachInternetGateway AuthorizeSecurityGroupEgress "
        "AuthorizeSecurityGroupIngress CreateFlowLogs CreateInternetGateway CreateNatGateway CreateNetworkAcl "
        "CreateNetworkAclEntry CreateRoute CreateRouteTable CreateSecurityGroup CreateSubnet CreateTags CreateVpc "
        "CreateVpcEndpoint DeleteFlowLogs DeleteInternetGateway DeleteNatGateway DeleteNetworkAcl "
        "DeleteNetworkAclEntry DeleteRoute DeleteRouteTable DeleteSecurityGroup DeleteSubnet DeleteTags DeleteVpc "
        "DeleteVpcEndpoints DetachInternetGateway DisassociateAddress DisassociateRouteTable "
        "ModifySecurityGroupRules ModifyVpcAttribute ModifyVpcEndpoint ReleaseAddress "
        "ReplaceNetworkAclAssociation ReplaceRoute RevokeSecurityGroupEgress "
        "RevokeSecurityGroupIngress",
        "ecr": "CreateRepository DeleteLifecyclePolicy DeleteRepository PutImageTagMutability "
        "PutLifecyclePolicy TagResource UntagResource",
        "ecs": "CreateCluster CreateService DeleteCluster DeleteService TagResource UntagResource UpdateCluster "
        "UpdateService",
        "elasticloadbalancing": "AddTags CreateListener CreateLoadBalancer CreateTargetGroup DeleteListener "
        "DeleteLoadBalancer DeleteTargetGroup ModifyListener ModifyLoadBalancerAttributes ModifyTargetGroup "
        "ModifyTargetGroupAttributes RemoveTags SetSubnets",
        "events": "DeleteRule PutRule PutTargets RemoveTargets TagResource UntagResource",
        "iam": "CreateRole DeleteRole DeleteRolePermissionsBoundary DeleteRolePolicy PutRolePermissionsBoundary "
        "PutRolePolicy TagRole UntagRole UpdateAssumeRolePolicy",
        "kms": "CreateAlias DeleteAlias EnableKeyRotation PutKeyPolicy ScheduleKeyDeletion TagResource UntagResource "
        "UpdateAlias",
        "logs": "AssociateKmsKey CreateLogGroup DeleteLogGroup DisassociateKmsKey PutRetentionPolicy TagResource "
        "UntagResource",
        "rds": "AddTagsToResource CreateDBInstance CreateDBParameterGroup CreateDBSnapshot CreateDBSubnetGroup "
        "DeleteDBInstance DeleteDBParameterGroup DeleteDBSubnetGroup ModifyDBInstance ModifyDBParameterGroup "
        "ModifyDBSubnetGroup RemoveTagsFromResource",
        "route53": "ChangeResourceRecordSets ChangeTagsForResource DeleteHostedZone",
        "s3": "CreateBucket DeleteBucket DeleteBucketPolicy DeleteObject DeleteObjectVersion ListBucketVersions "
        "PutBucketPolicy PutBucketPublicAccessBlock PutBucketTagging PutEncryptionConfiguration "
        "PutLifecycleConfiguration TagResource UntagResource",
        "secretsmanager": "CreateSecret TagResource",
        "ssm": "AddTagsToResource DeleteParameter PutParameter RemoveTagsFromResource",
        "states": "CreateStateMachine DeleteStateMachine TagResource UntagResource UpdateStateMachine",
    }
)

ASSOCIATE_ZONES = _actions({"route53": "AssociateVPCWithHostedZone"})
"""The action that the caller of CreateVpcEndpoint needs for the private DNS names of the endpoint.

The names are in a hosted zone that AWS owns.

https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
"""

USE_KEYS = _actions({"kms": "Decrypt GenerateDataKey"})
GRANT_KEYS = _actions({"kms": "CreateGrant"})
"""The actions that the caller of RDS needs, on the key that encrypts a database and the secret of the database.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.Keys.html and
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
"""


@dataclass(frozen=True)
class SystemArns:
    """ARNs of a system's resources, for policies."""

    partition: str
    region: str
    account: str
    name: str
    hosted_zone_id: str
    """`*` if the system creates its zone, because AWS generates the id."""

    def own(self, actions: Sequence[str]) -> list[str]:
        """Return the ARNs of the system's resources in the services of these actions.

        AWS generates the names of some resources, such as subnets. For such a resource, the ARN is a pattern that
        matches every resource of the same type in the account and region.

        Raises:
            LookupError: A service has no ARNs in `_OWN`.
        """
        services = {action.partition(":")[0] for action in actions}
        if missing := sorted(services - _OWN.keys()):
            raise LookupError(
                f"modules/github/terraform_rights.py: _OWN has no entry for {', '.join(missing)}; "
                "add the resource part of the ARNs of the system's resources"
            )
        return [arn for service in sorted(services) for arn in self.of(service, *_own(service, actions))]

    def of(self, service: str, *resources: str) -> list[str]:
        """Return ARNs of a service. In `resources`, `{0}` is the system's name, and `{1}` the id of its hosted zone."""
        region = "" if service in _GLOBAL else self.region
        account = "" if service in ("route53", "s3") else self.account
        return [
            f"arn:{self.partition}:{service}:{region}:{account}:{resource.format(self.name, self.hosted_zone_id)}"
            for resource in resources
        ]


_GLOBAL = {"iam", "route53", "s3"}
_UNIQUE = "?" * 26
"""The pattern of the suffix that Terraform appends to a name prefix.

`*` would also match the resources of another system, if the name of that system begins with this system's name.
"""

_LOG_GROUPS = (
    "/aws/codebuild/{0}-image-definitions",
    "/aws/ecs/containerinsights/{0}/performance",
    "/aws/rds/instance/{0}/postgresql",
    "/ecs/{0}",
    "/ecs/{0}/exec",
    "/vpc/{0}",
)
_BUCKETS = [
    f"{{0}}-{use}-{_UNIQUE}"
    for use in (
        "artifacts",
        "lb-logs",
    )
]
OBJECTS = [f"{bucket}/*" for bucket in _BUCKETS]
"""The objects in the system's buckets. Terraform deletes these objects before it deletes a bucket."""

_OWN = {
    "acm": ["certificate/*"],
    "codebuild": ["project/{0}-image-definitions"],
    "codepipeline": ["{0}"],
    "ec2": ["*"],
    "ecr": ["repository/{0}"],
    "ecs": ["cluster/{0}", "service/{0}/{0}", "task-definition/{0}:*"],
    "elasticloadbalancing": ["loadbalancer/app/{0}/*", "listener/app/{0}/*", "targetgroup/app-*/*"],
    "events": ["rule/{0}-failed", "rule/{0}-push", "rule/{0}-rotation"],
    "iam": [f"role/{role_name('{0}', role)}" for role in SYSTEM_ROLES],
    "kms": ["key/*"],
    "logs": [f"log-group:{group}" for group in _LOG_GROUPS],
    "rds": [
        "db:{0}",
        "og:default:*",
        f"pg:{{0}}-{_UNIQUE}",
        "snapshot:{0}-final-????????-????-????-????-????????????",
        "subgrp:{0}",
    ],
    "route53": ["hostedzone/{1}"],
    "s3": _BUCKETS,
    "secretsmanager": ["secret:rds!*"],
    "ssm": [f"parameter{revision_parameter('{0}')}"],
    "states": ["stateMachine:{0}-restart", "stateMachine:{0}-stop"],
}
"""The resource part of the system's ARNs, by service. A test compares the names with the names in the stacks."""

_LOG_TAGS = {"logs:ListTagsForResource", "logs:TagResource", "logs:UntagResource"}
"""The actions of CloudWatch Logs that support the ARN of a log group without `:*`. All others support it with `:*`.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
"""


def _own(service: str, actions: Sequence[str]) -> list[str]:
    if service != "logs":
        return _OWN[service]
    of_logs = {action for action in actions if action.startswith("logs:")}
    ends = [*([""] if of_logs & _LOG_TAGS else []), *([":*"] if of_logs - _LOG_TAGS else [])]
    return [f"{group}{end}" for group in _OWN[service] for end in ends]
