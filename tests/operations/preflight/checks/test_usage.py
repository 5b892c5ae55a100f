"""Tests of the counts: what the account has, what the environment has already, and what it needs."""

from pathlib import Path
from typing import Any

from operations.preflight.checks import usage
from operations.preflight.checks.usage import Usage
from tests.support.preflight.contexts import in_local_aws, stubbed, tags

CLUSTER = "arn:aws:ecs:eu-central-1:123456789012:cluster/"
SERVICE = {"status": "ACTIVE", "runningCount": 1}


def test_vpcs_of_the_environment_are_not_created_again(tmp_path: Path) -> None:
    context = in_local_aws(tmp_path, region="eu-north-1")
    before = usage.vpcs(context)
    own = [{"ResourceType": "vpc", "Tags": tags(context)}]
    context.client("ec2").create_vpc(CidrBlock="10.9.0.0/16", TagSpecifications=own)

    after = usage.vpcs(context)

    assert (before.own, before.missing) == (0, 1)
    assert (after.used, after.own, after.missing) == (before.used + 1, 1, 0)


def test_vpcs_that_another_account_shares_do_not_count(tmp_path: Path) -> None:
    context, stubs = stubbed(tmp_path, "ec2", "sts")
    owners = ["111111111111", "222222222222"]
    stubs["ec2"].add_response("describe_vpcs", {"Vpcs": [{"OwnerId": owner} for owner in owners]})
    stubs["sts"].add_response("get_caller_identity", {"Account": owners[0]})

    assert usage.vpcs(context) == Usage(used=1, own=0, wanted=1)


def test_addresses_that_a_service_manages_do_not_count(tmp_path: Path) -> None:
    context, stubs = stubbed(tmp_path, "ec2", network={"zones": 3, "nat_gateways": 3})
    addresses = [
        {"PublicIp": "1"},
        {"PublicIp": "2", "ServiceManaged": "alb"},
        {"PublicIp": "3", "Tags": tags(context)},
    ]
    stubs["ec2"].add_response("describe_addresses", {"Addresses": addresses})

    assert usage.addresses(context) == Usage(used=2, own=1, wanted=3)


def test_only_application_load_balancers_count(tmp_path: Path) -> None:
    context, stubs = stubbed(tmp_path, "elbv2")
    named = {"network": "a", "application": context.settings.name}
    found = [{"LoadBalancerName": name, "Type": kind} for kind, name in named.items()]
    stubs["elbv2"].add_response("describe_load_balancers", {"LoadBalancers": found})

    assert usage.load_balancers(context) == Usage(used=1, own=1, wanted=1)


def test_databases_and_their_storage_are_counted(tmp_path: Path) -> None:
    context, stubs = stubbed(tmp_path, "rds", database={"storage_gib": 100})
    sizes = {"other": 500, context.settings.name: 20}
    found = [{"DBInstanceIdentifier": name, "AllocatedStorage": size} for name, size in sizes.items()]
    for _ in range(2):
        stubs["rds"].add_response("describe_db_instances", {"DBInstances": found})

    assert usage.databases(context) == Usage(used=2, own=1, wanted=1)
    assert usage.storage_gib(context) == Usage(used=520, own=20, wanted=100)


def test_the_tasks_of_all_clusters_use_vcpus(tmp_path: Path) -> None:
    context, stubs = stubbed(tmp_path, "ecs", service={"cpu": 512, "memory_mib": 1024, "desired_count": 4})
    name = context.settings.name
    stubs["ecs"].add_response("describe_services", {"services": [SERVICE]})
    stubs["ecs"].add_response(
        "list_clusters", {"clusterArns": [f"{CLUSTER}{name}", f"{CLUSTER}jobs", f"{CLUSTER}none"]}
    )
    tasks: dict[str, list[dict[str, Any]]] = {
        name: [{"cpu": "512"}],
        "jobs": [{"cpu": "2048"}, {"cpu": "1024", "capacityProviderName": "FARGATE_SPOT"}],
        "none": [],
    }
    for cluster, running in tasks.items():
        arns = [f"{cluster}-{number}" for number, _ in enumerate(running)]
        asked = {"cluster": f"{CLUSTER}{cluster}"}
        stubs["ecs"].add_response("list_tasks", {"taskArns": arns}, asked | {"launchType": "FARGATE"})
        if arns:
            stubs["ecs"].add_response("describe_tasks", {"tasks": running}, asked | {"tasks": arns})

    assert usage.fargate_vcpus(context) == Usage(used=2.5, own=0.5, wanted=2)


def test_the_tasks_of_other_systems_do_not_count_if_all_own_ones_run(tmp_path: Path) -> None:
    context, stubs = stubbed(tmp_path, "ecs")
    stubs["ecs"].add_response("describe_services", {"services": [SERVICE]})

    assert usage.fargate_vcpus(context).missing == 0
