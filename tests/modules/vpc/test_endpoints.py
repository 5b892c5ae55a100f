"""The VPC endpoints of a network without NAT gateways."""

from pathlib import Path

import pytest

from tests.support.synthesized import DEV, Stack, system

SERVICES = ["ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssm"]
SESSIONS = {"ssmmessages"}
GROUP = "${aws_security_group.endpoints_access.id}"


@pytest.fixture(scope="module")
def without_nat(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """Return the main stack of the article's system, without NAT gateways."""
    network = DEV.network.model_copy(update={"nat_gateways": 0})
    settings = DEV.model_copy(update={"network": network})
    return system(tmp_path_factory.mktemp("without_nat"), settings)["dev-main"]


def test_private_subnets_have_no_route_to_the_internet(without_nat: Stack) -> None:
    """There is no NAT gateway and no Elastic IP address."""
    assert without_nat.resources("aws_nat_gateway") == {}
    assert without_nat.resources("aws_eip") == {}
    assert set(without_nat.resources("aws_route")) == {"network_to_internet"}


def test_each_service_that_starts_a_task_has_an_endpoint(without_nat: Stack) -> None:
    """Each endpoint is in the private subnets of all zones."""
    endpoints = without_nat.resources("aws_vpc_endpoint")
    del endpoints["network_s3"]

    assert endpoints == {
        f"endpoints_{service.replace('.', '_')}": {
            "vpc_id": "${aws_vpc.network.id}",
            "service_name": f"com.amazonaws.eu-central-1.{service}",
            "vpc_endpoint_type": "Interface",
            "private_dns_enabled": True,
            "subnet_ids": ["${aws_subnet.network_zone_0_private.id}", "${aws_subnet.network_zone_1_private.id}"],
            "security_group_ids": [GROUP],
            "tags": {"Name": f"example-app-dev-{service}"},
        }
        for service in SERVICES
    }


@pytest.mark.parametrize(("key", "more"), [(False, SESSIONS), (True, SESSIONS | {"kms"})])
def test_sessions_of_ecs_exec_have_further_endpoints(key: bool, more: set[str], tmp_path: Path) -> None:  # noqa: FBT001 - a parameter of the test
    network = DEV.network.model_copy(update={"nat_gateways": 0})
    service = DEV.service.model_copy(update={"readonly_root_filesystem": False, "ecs_exec": True})
    settings = DEV.model_copy(update={"network": network, "service": service, "customer_managed_key": key})
    endpoints = system(tmp_path, settings)["dev-main"].resources("aws_vpc_endpoint")

    names = {each["service_name"].removeprefix("com.amazonaws.eu-central-1.") for each in endpoints.values()}
    assert names == {*SERVICES, "s3", *more}


def test_only_the_service_reaches_them_over_https(without_nat: Stack) -> None:
    ways_in = without_nat.resources("aws_vpc_security_group_ingress_rule").values()

    assert [rule for rule in ways_in if rule["security_group_id"] == GROUP] == [
        {
            "security_group_id": GROUP,
            "referenced_security_group_id": "${aws_security_group.service_access.id}",
            "ip_protocol": "tcp",
            "from_port": 443,
            "to_port": 443,
        }
    ]


def test_with_nat_there_are_none(main: Stack) -> None:
    assert set(main.resources("aws_vpc_endpoint")) == {"network_s3"}
