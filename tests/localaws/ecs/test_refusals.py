"""Requests that ECS and the local AWS refuse and moto alone accepts."""

from collections.abc import Callable
from typing import Any

from localaws.ecs import refusals
from tests.localaws.ecs.task_definitions import CONTAINER, register
from tests.support.localaws.fixes import Client, case, refusal
from tests.support.localaws.networks import network


def _service(client: Client, name: str, *, listener: bool = True) -> Callable[..., Any]:
    """Create what a service needs. Return a function that creates the service with a container and a port."""
    elb, made_in = client("elbv2"), network(client)
    group = client("ec2").create_security_group(GroupName=name, Description="d", VpcId=made_in.vpc)["GroupId"]
    made = elb.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=made_in.vpc, TargetType="ip")
    target = made["TargetGroups"][0]["TargetGroupArn"]
    balancer = elb.create_load_balancer(Name=name, Subnets=made_in.subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    if listener:
        forward = [{"Type": "forward", "TargetGroupArn": target}]
        elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=forward)
    client("ecs").create_cluster(clusterName=name)
    register(client, name)
    configuration = {"awsvpcConfiguration": {"subnets": made_in.subnets, "securityGroups": [group]}}

    def create(container: str = "web", port: int = 80) -> Any:
        return client("ecs").create_service(
            cluster=name,
            serviceName=name,
            taskDefinition=name,
            desiredCount=0,
            launchType="FARGATE",
            networkConfiguration=configuration,
            loadBalancers=[{"targetGroupArn": target, "containerName": container, "containerPort": port}],
        )

    return create


@case(
    refusals.refuse_unknown_containers_and_ports,
    in_aws=[
        "InvalidParameterException: The container worker does not exist in the task definition.",
        "InvalidParameterException: The container web did not have a container port 81 defined.",
        "",
        "InvalidParameterException: The container web does not exist in the task definition.",
    ],
)
def test_services_whose_container_is_not_in_the_revision(client: Client) -> object:
    create = _service(client, "lacks")
    refused = [refusal(create, container="worker"), refusal(create, port=81), refusal(create)]
    register(client, "lacks", containerDefinitions=[CONTAINER | {"name": "other"}])
    update = client("ecs").update_service
    return [*refused, refusal(update, cluster="lacks", service="lacks", taskDefinition="lacks:2")]


@case(
    refusals.refuse_duplicate_service_names,
    in_aws=["", "InvalidParameterException: Creation of service was not idempotent.", ""],
)
def test_two_services_of_one_name_and_one_after_it_is_deleted(client: Client) -> object:
    create = _service(client, "taken")
    seen = [refusal(create), refusal(create)]
    client("ecs").delete_service(cluster="taken", service="taken")
    return [*seen, refusal(create)]


@case(refusals.refuse_unattached_target_groups, in_aws=True)
def test_a_service_before_its_listener(client: Client) -> object:
    return refusal(_service(client, "early", listener=False)).endswith("does not have an associated load balancer.")


@case(
    refusals.refuse_to_delete_clusters_in_use,
    in_aws=["ClusterContainsServicesException: The Cluster cannot be deleted while Services are active.", ""],
)
def test_a_cluster_before_and_after_its_service_goes(client: Client) -> object:
    ecs = client("ecs")
    _service(client, "full")()
    before = refusal(ecs.delete_cluster, cluster="full")
    ecs.delete_service(cluster="full", service="full")
    return [before, refusal(ecs.delete_cluster, cluster="full")]
