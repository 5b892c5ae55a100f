"""A service with ECS Exec on the shared local AWS, whose task role lets the agent connect."""

from typing import Any

from localaws.ecs.exec.agent import CHANNELS
from tests.support.localaws.aws_pipeline import clients, policy, until

TASKS = {"Service": "ecs-tasks.amazonaws.com"}
CONNECT: dict[str, Any] = {"Sid": "Connect", "Effect": "Allow", "Action": CHANNELS, "Resource": "*"}


class ExecService:
    """A cluster and a service of one task with one container, all with one name.

    Args:
        name: The name.
        rights: The statements of the task role.
        enabled: Whether the service has ECS Exec.
        container: Further members of the container definition.
    """

    def __init__(
        self, name: str, *rights: dict[str, Any], enabled: bool = True, container: dict[str, Any] | None = None
    ) -> None:
        self.name = name
        self.ecs = clients().client("ecs")
        self.ecs.create_cluster(clusterName=name)
        self.ecs.register_task_definition(
            family=name,
            taskRoleArn=clients().role(f"{name}-task", TASKS, rights=rights),
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="1024",
            containerDefinitions=[{"name": "app", "image": "app", **(container or {})}],
        )
        ec2 = clients().client("ec2")
        subnet, group = ec2.describe_subnets()["Subnets"][0], ec2.describe_security_groups()["SecurityGroups"][0]
        places = {"subnets": [subnet["SubnetId"]], "securityGroups": [group["GroupId"]]}
        self.ecs.create_service(
            cluster=name,
            serviceName=name,
            taskDefinition=name,
            desiredCount=1,
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": places},
            enableExecuteCommand=enabled,
        )
        until(lambda: bool(self.running()))

    def grant(self, *rights: dict[str, Any]) -> None:
        """Replace the statements of the task role."""
        iam = clients().client("iam")
        iam.put_role_policy(RoleName=f"{self.name}-task", PolicyName="rights", PolicyDocument=policy(*rights))

    def running(self) -> list[dict[str, Any]]:
        """Return the running tasks."""
        arns = self.ecs.list_tasks(cluster=self.name, serviceName=self.name)["taskArns"]
        tasks = self.ecs.describe_tasks(cluster=self.name, tasks=arns)["tasks"] if arns else []
        return [task for task in tasks if task["lastStatus"] == "RUNNING"]

    def agents(self) -> list[str]:
        """Return the states of the agents in the container of the running task, without the times."""
        [task] = self.running()
        return [agent["lastStatus"] for agent in task["containers"][0].get("managedAgents", [])]

    def target(self) -> str:
        """Return the name of the container in Session Manager."""
        [task] = self.running()
        id_ = task["taskArn"].rpartition("/")[2]
        return f"ecs:{self.name}_{id_}_{task['containers'][0]['runtimeId']}"

    def execute(self, **members: Any) -> dict[str, Any]:
        """Call ExecuteCommand with the running task."""
        [task] = self.running()
        asked = {"cluster": self.name, "task": task["taskArn"], "command": "/bin/sh", "interactive": True} | members
        answer: dict[str, Any] = self.ecs.execute_command(**asked)
        return answer
