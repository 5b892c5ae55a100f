"""The types of the AWS resources in the stacks."""

from collections.abc import Iterable, Mapping

from tests.support.synthesized import Stack

PARTS: Mapping[str, str] = {
    "aws_acm_certificate_validation": "the certificate",
    "aws_cloudwatch_event_target": "the rule",
    "aws_default_network_acl": "the VPC",
    "aws_default_security_group": "the VPC",
    "aws_ecr_lifecycle_policy": "the repository",
    "aws_iam_role_policy": "the role",
    "aws_lb_listener": "the load balancer",
    "aws_route": "the route table",
    "aws_route53_record": "the hosted zone",
    "aws_route_table_association": "the route table",
    "aws_s3_bucket_lifecycle_configuration": "the bucket",
    "aws_s3_bucket_policy": "the bucket",
    "aws_s3_bucket_public_access_block": "the bucket",
    "aws_s3_bucket_server_side_encryption_configuration": "the bucket",
    "aws_s3_bucket_versioning": "the bucket",
    "aws_vpc_security_group_egress_rule": "the security group",
    "aws_vpc_security_group_ingress_rule": "the security group",
}
"""Types of resources that are a part of another resource, with the other resource.

A part does not exist without the other resource. So a rehearsal that lists the other resource after a destroy needs no
list of the parts. A request for the part names the ARN of the other resource.
"""


def types(stacks: Iterable[Stack]) -> set[str]:
    """Return the types of the AWS resources in these stacks."""
    return {type_ for stack in stacks for type_ in stack.json["resource"] if type_.startswith("aws_")}
