"""What ECS refuses, our server too, and moto alone does not."""

from collections.abc import Callable
from typing import Any

from localaws.ecs import refusals
from tests.support.localaws.fixes import Client, case, refusal
from tests.support.localaws.networks import network

CONTAINER = {"name": "web", "image": "i", "portMappings": [{"containerPort": 80}]}


def _register(client: Client, family: str, **settings: Any) -> Any:
    defaults = {
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "256",
        "memory": "512",
        "containerDefinitions": [CONTAINER],
    }
    return client("ecs").register_task_definition(family=family, **defaults | settings)


def _service(client: Client, name: str, *, listener: bool = True) -> Callable[..., Any]:
    """Make all that a service needs, and give what creates it with a target of a container and a port."""
    elb, made_in = client("elbv2"), network(client)
    group = client("ec2").create_security_group(GroupName=name, Description="d", VpcId=made_in.vpc)["GroupId"]
    made = elb.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=made_in.vpc, TargetType="ip")
    target = made["TargetGroups"][0]["TargetGroupArn"]
    balancer = elb.create_load_balancer(Name=name, Subnets=made_in.subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    if listener:
        forward = [{"Type": "forward", "TargetGroupArn": target}]
        elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=forward)
    client("ecs").create_cluster(clusterName=name)
    _register(client, name)
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
    refusals.a_service_whose_container_its_revision_lacks,
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
    _register(client, "lacks", containerDefinitions=[CONTAINER | {"name": "other"}])
    update = client("ecs").update_service
    return [*refused, refusal(update, cluster="lacks", service="lacks", taskDefinition="lacks:2")]


@case(
    refusals.a_service_whose_name_is_taken,
    in_aws=["", "InvalidParameterException: Creation of service was not idempotent.", ""],
)
def test_two_services_of_one_name_and_one_after_it_is_deleted(client: Client) -> object:
    create = _service(client, "taken")
    seen = [refusal(create), refusal(create)]
    client("ecs").delete_service(cluster="taken", service="taken")
    return [*seen, refusal(create)]


@case(refusals.a_target_group_that_no_listener_reaches, in_aws=True)
def test_a_service_before_its_listener(client: Client) -> object:
    return refusal(_service(client, "early", listener=False)).endswith("does not have an associated load balancer.")


@case(
    refusals.a_task_definition_that_fargate_cannot_run,
    in_aws=[
        "",
        (
            "ClientException: No Fargate configuration exists for given values: 256 CPU, 4096 memory. "
            "See the Amazon ECS documentation for the valid values."
        ),
        "ClientException: Actual length: '70109'. Max allowed length is '65536' bytes.",
        "ClientException: When networkMode=awsvpc, the host ports and container ports in port mappings must match.",
        (
            "ClientException: When you are specifying container secrets, you must also specify a value for "
            "'executionRoleArn'."
        ),
        (
            "ClientException: The secret name must be unique and not shared with any new or existing environment "
            "variables set on the container, such as 'KEY'."
        ),
    ],
)
def test_task_definitions_that_fargate_cannot_run(client: Client) -> object:
    role = "arn:aws:iam::123456789012:role/execution"
    secret = {"name": "KEY", "valueFrom": "arn:aws:ssm:us-east-1:123456789012:parameter/key"}
    variable = {"name": "KEY", "value": "x"}

    def registered(container: dict[str, Any] | None = None, **settings: Any) -> str:
        return refusal(_register, client, "sizes", **settings, containerDefinitions=[CONTAINER | (container or {})])

    return [
        registered(),
        registered(memory="4096"),
        registered({"environment": [{"name": "LONG", "value": "x" * 70_000}]}),
        registered({"portMappings": [{"containerPort": 80, "hostPort": 81}]}),
        registered({"secrets": [secret]}),
        registered({"secrets": [secret], "environment": [variable]}, executionRoleArn=role),
    ]


@case(
    refusals.a_health_check_outside_of_its_limits,
    in_aws=[
        "",
        (
            "ClientException: Health check retries must be less than or equal to the maximum allowed value 10 for "
            "container 'web'"
        ),
        (
            "ClientException: Health check interval must be greater than or equal to the minimum allowed value 5 for "
            "container 'web'"
        ),
    ],
)
def test_health_checks_within_and_outside_of_their_limits(client: Client) -> object:
    def registered(**times: int) -> str:
        check = {"command": ["CMD", "true"], **times}
        return refusal(_register, client, "checked", containerDefinitions=[CONTAINER | {"healthCheck": check}])

    return [registered(interval=300, timeout=60, retries=1), registered(retries=11), registered(interval=4)]


@case(
    refusals.to_delete_a_cluster_with_services,
    in_aws=["ClusterContainsServicesException: The Cluster cannot be deleted while Services are active.", ""],
)
def test_a_cluster_before_and_after_its_service_goes(client: Client) -> object:
    ecs = client("ecs")
    _service(client, "full")()
    before = refusal(ecs.delete_cluster, cluster="full")
    ecs.delete_service(cluster="full", service="full")
    return [before, refusal(ecs.delete_cluster, cluster="full")]
