"""Requests about ECS Exec that AWS refuses."""

from localaws.ecs.exec import refusals
from tests.support.localaws.fixes import Client, case, refusal

REFUSED = (
    "InvalidParameterException: The service couldn't be updated because a valid taskRoleArn is not being used. Specify "
    "a valid task role in your task definition and try again."
)


@case(refusals.refuse_execute_command_without_a_task_role, in_aws=[REFUSED, "", REFUSED])
def test_services_with_and_without_ecs_exec_and_a_task_role(client: Client) -> object:
    ecs, name = client("ecs"), "exec-without-role"
    ecs.create_cluster(clusterName=name)
    ecs.register_task_definition(family=name, containerDefinitions=[{"name": "app", "image": "app", "memory": 8}])
    service = {"cluster": name, "taskDefinition": name}
    return [
        refusal(ecs.create_service, **service, serviceName="with", desiredCount=0, enableExecuteCommand=True),
        refusal(ecs.create_service, **service, serviceName=name, desiredCount=0),
        refusal(ecs.update_service, cluster=name, service=name, enableExecuteCommand=True),
    ]
