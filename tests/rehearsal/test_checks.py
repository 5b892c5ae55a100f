"""Tests of the rehearsal's checks, with a correct system and with one fault at a time."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from rehearsal.checks import (
    database_is_private,
    https_only,
    password_stays_with_rds,
    push_starts_the_pipeline,
    tasks_are_private,
)
from rehearsal.system import CheckError, System
from tests.support.localaws.aws_pipeline import clients
from tests.support.localaws.watched_pipelines import watching
from tests.support.synthesized import ROLE_ARN

pytestmark = pytest.mark.slow

NUMBERS = count()
REDIRECT = {"Protocol": "HTTPS", "Port": "443", "Host": "#{host}", "Path": "/#{path}", "Query": "#{query}"}


def client(service: str) -> Any:
    return clients().client(service)


@dataclass
class Parts:
    """The parts of a system that a test can break, by their names and ids."""

    system: System
    vpc: str
    subnets: list[str]
    service_group: str
    database_group: str
    database: str
    target_group: str
    listeners: dict[int, str]
    certificate: str

    def allow(self, group: str, **rule: Any) -> None:
        opened = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432} | rule
        client("ec2").authorize_security_group_ingress(GroupId=group, IpPermissions=[opened])

    def change_container(self, **changed: Any) -> None:
        container = self.system.container() | changed
        client("ecs").register_task_definition(
            family=self.system.service_name,
            networkMode="awsvpc",
            executionRoleArn=ROLE_ARN,
            containerDefinitions=[container],
        )
        self.update_service(taskDefinition=self.system.service_name)

    def update_service(self, **changed: Any) -> None:
        client("ecs").update_service(cluster=self.system.cluster_name, service=self.system.service_name, **changed)


@pytest.fixture
def parts() -> Parts:
    """A service behind a load balancer, with a database, as the checks expect them."""
    name, ec2 = f"checked-{next(NUMBERS)}", client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{i}.0/24", AvailabilityZone=f"eu-central-1{'ab'[i]}")["Subnet"]
        for i in range(2)
    ]
    subnet_ids = [subnet["SubnetId"] for subnet in subnets]
    service_group, database_group = (
        ec2.create_security_group(GroupName=f"{name}-{of}", Description=of, VpcId=vpc)["GroupId"]
        for of in ("service", "database")
    )
    target_group, listeners, certificate = load_balancer(name, vpc, subnet_ids)
    database = login(name, database_group)
    aws: Any = clients()  # of a LocalAws, all that the checks use
    system = System(aws, repository_url="-/-", cluster_name=name, service_name=name, pipeline_name="-")
    secret = database["MasterUserSecret"]["SecretArn"]
    ecs = client("ecs")
    ecs.create_cluster(clusterName=name)
    container = {
        "name": "app",
        "image": "app",
        "memory": 128,
        "portMappings": [{"containerPort": 3000}],
        "environment": [{"name": "DB_HOST", "value": database["Endpoint"]["Address"]}],
        "secrets": [
            {"name": "DB_USER", "valueFrom": f"{secret}:username::"},
            {"name": "DB_PASSWORD", "valueFrom": f"{secret}:password::"},
        ],
    }
    ecs.register_task_definition(
        family=name, networkMode="awsvpc", executionRoleArn=ROLE_ARN, containerDefinitions=[container]
    )
    ecs.create_service(
        cluster=name,
        serviceName=name,
        taskDefinition=name,
        desiredCount=0,
        loadBalancers=[{"targetGroupArn": target_group, "containerName": "app", "containerPort": 3000}],
        networkConfiguration=private(subnet_ids, service_group),
    )
    made = Parts(system, vpc, subnet_ids, service_group, database_group, name, target_group, listeners, certificate)
    made.allow(database_group, UserIdGroupPairs=[{"GroupId": service_group}])
    return made


def private(subnets: list[str], group: str) -> dict[str, Any]:
    return {"awsvpcConfiguration": {"subnets": subnets, "securityGroups": [group], "assignPublicIp": "DISABLED"}}


def login(name: str, group: str, **changed: Any) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "DBInstanceIdentifier": name,
        "Engine": "postgres",
        "DBInstanceClass": "db.t4g.micro",
        "AllocatedStorage": 20,
        "MasterUsername": "owner",
        "ManageMasterUserPassword": True,
        "StorageEncrypted": True,
        "PubliclyAccessible": False,
        "Port": 5432,
        "VpcSecurityGroupIds": [group],
    }
    made: dict[str, Any] = client("rds").create_db_instance(**asked | changed)["DBInstance"]
    return made


def load_balancer(name: str, vpc: str, subnets: list[str]) -> tuple[str, dict[int, str], str]:
    elb, certificate = client("elbv2"), issued(f"{name}.example.com")
    balancer = elb.create_load_balancer(Name=name, Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    asked = {"Name": name, "Protocol": "HTTP", "Port": 3000, "VpcId": vpc, "TargetType": "ip"}
    group = elb.create_target_group(**asked)["TargetGroups"][0]["TargetGroupArn"]
    https = elb.create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTPS",
        Port=443,
        Certificates=[{"CertificateArn": certificate}],
        SslPolicy="ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
    )
    http = elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=[redirect()])
    listeners = {port: made["Listeners"][0]["ListenerArn"] for port, made in ((443, https), (80, http))}
    return group, listeners, certificate


def redirect(**changed: str) -> dict[str, Any]:
    return {"Type": "redirect", "RedirectConfig": REDIRECT | {"StatusCode": "HTTP_301"} | changed}


def issued(domain: str) -> str:
    arn: str = client("acm").request_certificate(DomainName=domain, ValidationMethod="DNS")["CertificateArn"]
    described = client("acm").describe_certificate(CertificateArn=arn)["Certificate"]
    record = described["DomainValidationOptions"][0]["ResourceRecord"]
    zone = client("route53").create_hosted_zone(Name=domain, CallerReference=domain)["HostedZone"]["Id"]
    change = {
        "Action": "CREATE",
        "ResourceRecordSet": {
            "Name": record["Name"],
            "Type": record["Type"],
            "TTL": 60,
            "ResourceRecords": [{"Value": record["Value"]}],
        },
    }
    client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})
    return arn


def test_the_checks_show_a_correct_system(parts: Parts) -> None:
    domain = f"{parts.system.service_name}.example.com"
    assert https_only(parts.system) == f"https://{domain}, ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
    assert database_is_private(parts.system).endswith(", from the service only")
    assert password_stays_with_rds(parts.system).startswith("secret rds!db-")
    assert tasks_are_private(parts.system) == "zones eu-central-1a, eu-central-1b"


Break = Callable[[Parts], object]


def listener(port: int, action: Callable[[Parts], dict[str, Any]]) -> Break:
    return lambda parts: client("elbv2").modify_listener(
        ListenerArn=parts.listeners[port], DefaultActions=[action(parts)]
    )


def forward(parts: Parts) -> dict[str, Any]:
    return {"Type": "forward", "TargetGroupArn": parts.target_group}


def further_rule(port: int) -> Break:
    return lambda parts: client("elbv2").create_rule(
        ListenerArn=parts.listeners[port],
        Priority=1,
        Conditions=[{"Field": "path-pattern", "Values": ["/open"]}],
        Actions=[forward(parts)],
    )


def further_listener(parts: Parts) -> None:
    elb = client("elbv2")
    [group] = elb.describe_target_groups(TargetGroupArns=[parts.target_group])["TargetGroups"]
    [balancer] = group["LoadBalancerArns"]
    elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=8080, DefaultActions=[forward(parts)])


def not_issued(parts: Parts) -> None:
    waits = client("acm").request_certificate(DomainName="elsewhere.example.com", ValidationMethod="DNS")
    client("elbv2").modify_listener(
        ListenerArn=parts.listeners[443], Certificates=[{"CertificateArn": waits["CertificateArn"]}]
    )


def another_database(**changed: Any) -> Break:
    """Return a fault: the container connects to another database."""

    def broken(parts: Parts) -> None:
        host = login(f"{parts.database}-other", parts.database_group, **changed)["Endpoint"]["Address"]
        parts.change_container(environment=[{"name": "DB_HOST", "value": host}])

    return broken


def allowing(**rule: Any) -> Break:
    return lambda parts: parts.allow(parts.database_group, **rule)


def allowing_a_list_of_prefixes(parts: Parts) -> None:
    made = client("ec2").create_managed_prefix_list(PrefixListName="peers", MaxEntries=1, AddressFamily="IPv4")
    parts.allow(parts.database_group, PrefixListIds=[{"PrefixListId": made["PrefixList"]["PrefixListId"]}])


def allowing_a_range_of_ports(parts: Parts) -> None:
    ec2, peers = client("ec2"), [{"GroupId": parts.service_group}]
    [group] = ec2.describe_security_groups(GroupIds=[parts.database_group])["SecurityGroups"]
    ec2.revoke_security_group_ingress(GroupId=parts.database_group, IpPermissions=group["IpPermissions"])
    parts.allow(parts.database_group, UserIdGroupPairs=peers, ToPort=65535)


def allowing_itself(parts: Parts) -> None:
    parts.allow(parts.database_group, UserIdGroupPairs=[{"GroupId": parts.database_group}])


def further_group(parts: Parts) -> None:
    group = client("ec2").create_security_group(GroupName="further", Description="further", VpcId=parts.vpc)["GroupId"]
    parts.allow(group, IpRanges=[{"CidrIp": "10.0.0.0/16"}])
    client("rds").modify_db_instance(
        DBInstanceIdentifier=parts.database, VpcSecurityGroupIds=[parts.database_group, group]
    )


def password_in_clear(parts: Parts) -> None:
    container = parts.system.container()
    arn = container["secrets"][1]["valueFrom"].removesuffix(":password::")
    value = json.loads(client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])
    clear = {"name": "URL", "value": f"postgres://owner:{value['password']}@host"}
    parts.change_container(environment=[*container["environment"], clear])


def another_secret(parts: Parts) -> None:
    made = client("secretsmanager").create_secret(Name=f"{parts.database}-own", SecretString='{"password": "own"}')
    user, password = parts.system.container()["secrets"]
    parts.change_container(secrets=[user, password | {"valueFrom": f"{made['ARN']}:password::"}])


def no_user(parts: Parts) -> None:
    parts.change_container(secrets=parts.system.container()["secrets"][1:])


def with_public_addresses(parts: Parts) -> None:
    network = private(parts.subnets, parts.service_group)
    network["awsvpcConfiguration"]["assignPublicIp"] = "ENABLED"
    parts.update_service(networkConfiguration=network)


def in_a_public_subnet(parts: Parts) -> None:
    client("ec2").modify_subnet_attribute(SubnetId=parts.subnets[1], MapPublicIpOnLaunch={"Value": True})


BROKEN: dict[str, tuple[Break, Callable[[System], str], str]] = {
    "a further listener": (
        further_listener,
        https_only,
        "the protocol of each port is {443: 'HTTPS', 80: 'HTTP', 8080: 'HTTP'}",
    ),
    "HTTP is served": (listener(80, forward), https_only, "the action of port 80 is"),
    "HTTP redirects to HTTP": (
        listener(80, lambda _: redirect(Protocol="HTTP")),
        https_only,
        "the action of port 80 is",
    ),
    "HTTP redirects elsewhere": (listener(80, lambda _: redirect(Port="8443")), https_only, "the action of port 80 is"),
    "HTTP redirects to another host": (
        listener(80, lambda _: redirect(Host="example.org")),
        https_only,
        "the action of port 80 is",
    ),
    "HTTP redirects for now": (
        listener(80, lambda _: redirect(StatusCode="HTTP_302")),
        https_only,
        "the action of port 80 is",
    ),
    "HTTP is served on a path": (further_rule(80), https_only, "the number of rules of port 80 is 2, expected 1"),
    "HTTPS does something else on a path": (
        further_rule(443),
        https_only,
        "the number of rules of port 443 is 2, expected 1",
    ),
    "HTTPS does not reach the service": (listener(443, lambda _: redirect()), https_only, "the action of port 443 is"),
    "the certificate waits": (not_issued, https_only, "the certificate's status is 'PENDING_VALIDATION'"),
    "the database is public": (
        another_database(PubliclyAccessible=True),
        database_is_private,
        "the database's public access is True, expected False",
    ),
    "the database is in clear": (
        another_database(StorageEncrypted=False),
        database_is_private,
        "the database's encryption is False, expected True",
    ),
    "the database allows addresses": (
        allowing(IpRanges=[{"CidrIp": "10.0.0.0/16"}]),
        database_is_private,
        "the ingress of the database is",
    ),
    "the database allows addresses of IPv6": (
        allowing(Ipv6Ranges=[{"CidrIpv6": "::/0"}]),
        database_is_private,
        "the ingress of the database is",
    ),
    "the database allows a list of prefixes": (
        allowing_a_list_of_prefixes,
        database_is_private,
        "the ingress of the database is",
    ),
    "the database allows another group": (allowing_itself, database_is_private, "the ingress of the database is"),
    "the database allows a range of ports": (
        allowing_a_range_of_ports,
        database_is_private,
        "the ingress of the database is",
    ),
    "the database has a further group": (further_group, database_is_private, "the ingress of the database is"),
    "the password is plain text": (
        password_in_clear,
        password_stays_with_rds,
        "the task definition holds the database's password in plain text",
    ),
    "the login is another secret's": (another_secret, password_stays_with_rds, "the container's login is"),
    "the login has no user": (no_user, password_stays_with_rds, "the container's login is"),
    "a task gets a public address": (
        with_public_addresses,
        tasks_are_private,
        "the tasks' public IP is 'ENABLED', expected 'DISABLED'",
    ),
    "a subnet gives public addresses": (
        in_a_public_subnet,
        tasks_are_private,
        "subnets of the tasks with public addresses is ['subnet-",
    ),
}


@pytest.mark.parametrize(("broken", "check", "message"), BROKEN.values(), ids=BROKEN)
def test_a_fault_is_named_when(parts: Parts, broken: Break, check: Callable[[System], str], message: str) -> None:
    broken(parts)

    with pytest.raises(CheckError) as error:
        check(parts.system)

    assert str(error.value).startswith(message)


@pytest.mark.parametrize(("watch", "said"), [("v*", '{"wildcard": "v*"}'), ("latest", "latest")])
def test_the_rule_is_seen_with_what_it_watches(watch: str, said: str, tmp_path: Path) -> None:
    shop = watching(f"read-{watch.strip('*')}", tmp_path, watch=watch)
    names = {"cluster_name": shop.name, "service_name": shop.name, "pipeline_name": shop.name}
    system = System(clients().local, repository_url=shop.repository_uri, **names)

    assert push_starts_the_pipeline(system) == f"rule {shop.name}, tag {said}"
    target = {"Id": "pipeline", "Arn": shop.pipeline_arn, "RoleArn": shop.roles["events"]}
    client("events").put_targets(Rule=shop.name, Targets=[target])
    with pytest.raises(CheckError, match=r"the InputPathsMap of the target is \{\}, expected"):
        push_starts_the_pipeline(system)
