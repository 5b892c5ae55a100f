"""The healthy system about which the recorded cases speak, on the shared local AWS."""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any

from tests.support.images.deployed import Deployed
from tests.support.localaws.aws_pipeline import ACCOUNT, REGION, Clients, clients
from tests.support.localaws.certificates import requested_and_validated
from tests.support.localaws.networks import Network, network

APP, ENVIRONMENT = "recorded", "dev"
NAME = f"{APP}-{ENVIRONMENT}"
DOMAIN = f"{NAME}.example.com"
TASKS = 6
"""The number of task ids for recorded tasks."""


@dataclass
class Balanced(Deployed):
    """An environment with one container, and with a log group and a target group as the stacks create them."""

    def task(self) -> dict[str, Any]:
        task = super().task()
        app = task["containerDefinitions"][0]
        options = {"awslogs-group": f"/ecs/{self.name}", "awslogs-region": REGION, "awslogs-stream-prefix": "app"}
        self.aws.client("logs").create_log_group(logGroupName=options["awslogs-group"])
        logs = {"logDriver": "awslogs", "options": options}
        return task | {"containerDefinitions": [app | {"logConfiguration": logs}]}


@dataclass(frozen=True)
class Healthy:
    """The healthy system, and the names that replace the placeholders of the cases."""

    aws: Clients
    names: dict[str, str]
    task: dict[str, Any]
    """The running task, as DescribeTasks answers."""


@cache
def healthy() -> Healthy:
    """Deploy the system with a load balancer, a certificate, a database and two pushed images."""
    aws = clients()
    tags = [{"Key": "app", "Value": APP}, {"Key": "environment", "Value": ENVIRONMENT}]
    requested_and_validated(aws.client, DOMAIN, Tags=tags)
    size = {"Engine": "postgres", "DBInstanceClass": "db.t4g.micro", "AllocatedStorage": 20}
    aws.client("rds").create_db_instance(
        DBInstanceIdentifier=NAME, MasterUsername="postgres", ManageMasterUserPassword=True, **size
    )
    place = network(aws.client)
    balancer = _load_balancer(aws, place)
    made = Balanced(aws, NAME, by_digest=True, service_name=NAME)
    made.create()
    made.over(made.executions()[0]["pipelineExecutionId"])
    aws.client("ecs").update_service(cluster=NAME, service=NAME, healthCheckGracePeriodSeconds=60, **balancer)
    made.deliver(b"one")
    made.deliver(b"two")
    return Healthy(aws, _names(made, place), _running_task(aws))


def _load_balancer(aws: Clients, place: Network) -> dict[str, Any]:
    """Create a load balancer, and return the members of a service with it."""
    group = aws.client("ec2").create_security_group(GroupName=f"{NAME}-service", Description="x", VpcId=place.vpc)
    elbv2 = aws.client("elbv2")
    target_group = elbv2.create_target_group(
        Name=NAME, Protocol="HTTP", Port=3000, VpcId=place.vpc, TargetType="ip", HealthCheckPath="/"
    )["TargetGroups"][0]["TargetGroupArn"]
    made = elbv2.create_load_balancer(Name=NAME, Subnets=place.subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    action = {"Type": "forward", "TargetGroupArn": target_group}
    elbv2.create_listener(LoadBalancerArn=made, Protocol="HTTP", Port=80, DefaultActions=[action])
    private = {"subnets": place.subnets, "securityGroups": [group["GroupId"]], "assignPublicIp": "DISABLED"}
    return {
        "loadBalancers": [{"targetGroupArn": target_group, "containerName": "app", "containerPort": 3000}],
        "networkConfiguration": {"awsvpcConfiguration": private},
    }


def _running_task(aws: Clients) -> dict[str, Any]:
    arns = aws.client("ecs").list_tasks(cluster=NAME, serviceName=NAME)["taskArns"]
    [task] = aws.client("ecs").describe_tasks(cluster=NAME, tasks=arns)["tasks"]
    described: dict[str, Any] = task
    return described


def _names(made: Balanced, place: Network) -> dict[str, str]:
    service = made.service()
    previous, newest = made.executions()[-2:]
    definition = made.task_definition()
    image = definition["containerDefinitions"][0]["image"]
    revision = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/{NAME}"
    ids = {f"task_{number}": sha256(f"task {number}".encode()).hexdigest()[:32] for number in range(1, TASKS + 1)}
    build = made.actions(newest["pipelineExecutionId"])["Build"]["output"]["executionResult"]["externalExecutionId"]
    return {
        "account": ACCOUNT,
        "region": REGION,
        "name": NAME,
        "domain": DOMAIN,
        "revision": f"{revision}:3",
        "previous_revision": f"{revision}:2",
        "first_revision": f"{revision}:1",
        "deployment": service["deployments"][0]["id"],
        "target_group": service["loadBalancers"][0]["targetGroupArn"],
        "execution": newest["pipelineExecutionId"],
        "previous_execution": previous["pipelineExecutionId"],
        "build": build,
        "image": image,
        "digest": image.rpartition("@")[2],
        "secret": definition["containerDefinitions"][0]["secrets"][0]["valueFrom"].removesuffix(":user::"),
        "execution_role": definition["executionRoleArn"],
        "vpc": place.vpc,
        "subnet_1": place.subnets[0],
        "subnet_2": place.subnets[1],
        **ids,
    }
