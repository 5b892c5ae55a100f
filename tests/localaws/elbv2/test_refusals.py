"""Requests that Elastic Load Balancing and the local AWS refuse and moto alone accepts."""

import json
from typing import Any

from localaws.elbv2 import refusals
from tests.support.localaws.fixes import Client, case, refusal
from tests.support.localaws.networks import network


def _load_balancer(client: Client, name: str) -> Any:
    return client("elbv2").create_load_balancer(Name=name, Subnets=network(client).subnets)["LoadBalancers"][0]


LONG = "x" * 33


@case(
    refusals.refuse_invalid_load_balancers,
    in_aws=[
        "",
        "DuplicateLoadBalancerName: A load balancer with the specified name already exists.",
        "ValidationError: The load balancer name 'internal-shop' cannot begin with 'internal-'",
        f"ValidationError: The load balancer name '{LONG}' cannot be longer than '32' characters",
        "ValidationError: At least two subnets in two different Availability Zones must be specified",
    ],
)
def test_load_balancers_that_cannot_be(client: Client) -> object:
    subnets = network(client).subnets
    create = client("elbv2").create_load_balancer
    names = ("twice", "twice", "internal-shop", LONG)
    return [
        *(refusal(create, Name=name, Subnets=subnets) for name in names),
        refusal(create, Name="one-zone", Subnets=subnets[:1]),
    ]


@case(refusals.refuse_to_delete_protected_load_balancers, in_aws=["OperationNotPermitted", 1, ""])
def test_a_load_balancer_with_and_without_protection(client: Client) -> object:
    elb = client("elbv2")
    arn = _load_balancer(client, "protected")["LoadBalancerArn"]

    def protect(value: str) -> None:
        attribute = {"Key": "deletion_protection.enabled", "Value": value}
        elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[attribute])

    protect("true")
    refused = refusal(elb.delete_load_balancer, LoadBalancerArn=arn).partition(":")[0]
    left = len(elb.describe_load_balancers(Names=["protected"])["LoadBalancers"])
    protect("false")
    return [refused, left, refusal(elb.delete_load_balancer, LoadBalancerArn=arn)]


@case(
    refusals.refuse_invalid_listeners,
    in_aws=["", "DuplicateListener: A listener with the specified port already exists.", "UnsupportedCertificate"],
)
def test_a_second_listener_and_a_pending_certificate(client: Client) -> object:
    arn = _load_balancer(client, "listened")["LoadBalancerArn"]
    certificate = client("acm").request_certificate(DomainName="waits.example", ValidationMethod="DNS")
    answer = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
    listener = {"LoadBalancerArn": arn, "Protocol": "HTTP", "Port": 80, "DefaultActions": [answer]}
    secure = listener | {
        "Protocol": "HTTPS",
        "Port": 443,
        "Certificates": [{"CertificateArn": certificate["CertificateArn"]}],
    }
    create = client("elbv2").create_listener
    return [
        refusal(create, **listener),
        refusal(create, **listener),
        refusal(create, **secure).partition(":")[0],
    ]


@case(
    refusals.refuse_access_logs_without_permission,
    in_aws=["InvalidConfigurationRequest", "InvalidConfigurationRequest", ""],
)
def test_access_logs_for_no_bucket_a_closed_one_and_an_open_one(client: Client) -> object:
    elb, s3 = client("elbv2"), client("s3")
    arn = _load_balancer(client, "logs-access")["LoadBalancerArn"]
    enabled = {"access_logs.s3.enabled": "true", "access_logs.s3.bucket": "logs-of-access"}
    attributes = [{"Key": key, "Value": value} for key, value in enabled.items()]
    allowed = {
        "Effect": "Allow",
        "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::logs-of-access/*",
    }

    def enable() -> str:
        refused = refusal(elb.modify_load_balancer_attributes, LoadBalancerArn=arn, Attributes=attributes)
        return refused.partition(":")[0]

    seen = [enable()]
    s3.create_bucket(Bucket="logs-of-access")
    seen.append(enable())
    s3.put_bucket_policy(Bucket="logs-of-access", Policy=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}))
    return [*seen, enable()]
