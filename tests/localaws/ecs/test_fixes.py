"""Answers of ECS that the local AWS gives and moto alone does not."""

import time
from typing import Any

from botocore.exceptions import ClientError

from localaws.ecs import fixes
from tests.support.localaws.fixes import Client, case


def _create_service(client: Client, name: str, **settings: object) -> Any:
    ecs = client("ecs")
    ecs.create_cluster(clusterName=name)
    for image in ("first", "second"):
        ecs.register_task_definition(family=name, containerDefinitions=[{"name": "app", "image": image, "memory": 8}])
    ecs.create_service(cluster=name, serviceName=name, taskDefinition=f"{name}:1", desiredCount=2, **settings)
    return ecs


@case(fixes.keep_service_settings, in_aws=[60, {"enable": True, "rollback": True}])
def test_a_service_with_settings(client: Client) -> object:
    breaker = {"enable": True, "rollback": True}
    ecs = _create_service(
        client,
        "settings",
        healthCheckGracePeriodSeconds=60,
        deploymentConfiguration={"deploymentCircuitBreaker": breaker},
    )
    [service] = ecs.describe_services(cluster="settings", services=["settings"])["services"]
    return [
        service.get("healthCheckGracePeriodSeconds"),
        service.get("deploymentConfiguration", {}).get("deploymentCircuitBreaker"),
    ]


@case(
    fixes.fill_in_service_defaults,
    in_aws={
        "createdAt": "datetime",
        "placementConstraints": [],
        "placementStrategy": [],
        "platformFamily": "Linux",
        "platformVersion": "LATEST",
        "roleArn": "arn:aws:iam::123456789012:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
    },
)
def test_what_nobody_sent_of_a_service(client: Client) -> object:
    ecs = _create_service(client, "filled", launchType="FARGATE")
    [service] = ecs.describe_services(cluster="filled", services=["filled"])["services"]
    seen = {name: service.get(name) for name in sorted(service) if name.startswith(("place", "plat", "role"))}
    return {"createdAt": type(service.get("createdAt")).__name__} | seen


@case(fixes.return_empty_cluster_statistics, in_aws=[])
def test_the_statistics_of_a_cluster(client: Client) -> object:
    client("ecs").create_cluster(clusterName="counted")
    [cluster] = client("ecs").describe_clusters(clusters=["counted"])["clusters"]
    return cluster.get("statistics")


ARN = "arn:aws:ecs:us-east-1:123456789012:task-definition/updated"


@case(fixes.keep_tasks_and_revision_on_update, in_aws=[[f"{ARN}:2", 3], [f"{ARN}:2", 3], 3])
def test_a_service_that_is_updated(client: Client) -> object:
    ecs = _create_service(client, "updated")

    def shown() -> list[object]:
        for _ in range(100):
            [service] = ecs.describe_services(cluster="updated", services=["updated"])["services"]
            if service["runningCount"] == service["desiredCount"] and len(service["deployments"]) == 1:
                break
            time.sleep(0.01)
        return [service["taskDefinition"], service["runningCount"]]

    ecs.update_service(cluster="updated", service="updated", taskDefinition="updated:2", desiredCount=3)
    updated = shown()
    ecs.update_service(cluster="updated", service="updated", healthCheckGracePeriodSeconds=60)
    [cluster] = ecs.describe_clusters(clusters=["updated"])["clusters"]
    return [updated, shown(), cluster["runningTasksCount"]]


@case(fixes.list_active_clusters_only, in_aws=[False, ["INACTIVE"]])
def test_a_cluster_that_is_deleted(client: Client) -> object:
    ecs = client("ecs")
    arn = ecs.create_cluster(clusterName="deleted")["cluster"]["clusterArn"]
    ecs.delete_cluster(cluster="deleted")
    known = ecs.describe_clusters(clusters=["deleted"])["clusters"]
    return [arn in ecs.list_clusters()["clusterArns"], [cluster["status"] for cluster in known]]


@case(fixes.refuse_zones_without_fargate, in_aws=["Fargate is not available in use1-az3", "ACTIVE"])
def test_services_in_a_zone_without_and_in_one_with_fargate(client: Client) -> object:
    ec2, ecs = client("ec2"), client("ecs")
    vpc = ec2.create_vpc(CidrBlock="10.4.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="zones", Description="d", VpcId=vpc)["GroupId"]
    ecs.create_cluster(clusterName="zones")
    ecs.register_task_definition(family="zones", containerDefinitions=[{"name": "app", "image": "i", "memory": 8}])

    def service_in(zone: str, block: str) -> str:
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZoneId=zone)["Subnet"]["SubnetId"]
        try:
            made = ecs.create_service(
                cluster="zones",
                serviceName=zone,
                taskDefinition="zones",
                launchType="FARGATE",
                desiredCount=0,
                networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [group]}},
            )
        except ClientError as error:
            return str(error.response["Error"]["Message"].partition(",")[0])
        return str(made["service"]["status"])

    return [service_in("use1-az3", "10.4.0.0/24"), service_in("use1-az1", "10.4.1.0/24")]
