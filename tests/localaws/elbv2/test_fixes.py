"""Answers of Elastic Load Balancing that the local AWS gives and moto alone does not."""

from typing import Any

from botocore.exceptions import ClientError

from localaws.elbv2 import fixes
from modules.elb.load_balancer import TLS_POLICY
from tests.support.localaws.certificates import requested_and_validated
from tests.support.localaws.fixes import Client, case
from tests.support.localaws.networks import network


def _create_load_balancer(client: Client, name: str) -> Any:
    return client("elbv2").create_load_balancer(Name=name, Subnets=network(client).subnets)["LoadBalancers"][0]


@case(fixes.default_to_internet_facing, in_aws="internet-facing")
def test_a_load_balancer_without_a_scheme(client: Client) -> object:
    return _create_load_balancer(client, "faces").get("Scheme")


@case(fixes.refuse_unknown_security_policies, in_aws=["SSLPolicyNotFound", TLS_POLICY])
def test_listeners_with_an_unknown_and_a_known_tls_policy(client: Client) -> object:
    elb = client("elbv2")
    balancer = _create_load_balancer(client, "tls")["LoadBalancerArn"]
    _, certificate = requested_and_validated(client, "tls.example")
    answer = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}

    def policy_of_a_listener(policy: str) -> Any:
        try:
            made = elb.create_listener(
                LoadBalancerArn=balancer,
                Protocol="HTTPS",
                Port=443,
                SslPolicy=policy,
                Certificates=[{"CertificateArn": certificate["CertificateArn"]}],
                DefaultActions=[answer],
            )
        except ClientError as error:
            return error.response["Error"]["Code"]
        return made["Listeners"][0]["SslPolicy"]

    return [policy_of_a_listener("ELBSecurityPolicy-TLS14-2030-01"), policy_of_a_listener(TLS_POLICY)]


@case(
    fixes.report_the_health_of_targets,
    in_aws={
        "State": "unused",
        "Reason": "Target.NotInUse",
        "Description": "Target group is not configured to receive traffic from the load balancer",
    },
)
def test_a_target_without_a_load_balancer(client: Client) -> object:
    """tests/localaws/ecs/test_failing_containers.py has a target that fails its health checks."""
    elb = client("elbv2")
    settings = {"Name": "idle", "Protocol": "HTTP", "Port": 80, "TargetType": "ip", "VpcId": network(client).vpc}
    group = elb.create_target_group(**settings)["TargetGroups"][0]["TargetGroupArn"]
    elb.register_targets(TargetGroupArn=group, Targets=[{"Id": "10.0.0.10"}])
    return elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"][0]["TargetHealth"]
