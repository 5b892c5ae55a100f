"""The answers to one request: the recorded members for it, as the operation of AWS selects them."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from tests.support.recorded_answers.members import merged
from tests.support.recorded_answers.system import DOMAIN, Healthy

Answer = dict[str, Any]
Request = Mapping[str, Any]

ALWAYS: dict[str, Answer] = {
    "acm.DescribeCertificate": {"Certificate": {"CreatedAt": "-90d", "IssuedAt": "-90d", "NotBefore": "-90d"}},
    "ecs.DescribeTasks": {"tasks": [{}]},
    "ecs.ListTasks": {},
    "elbv2.DescribeTargetHealth": {},
    "rds.DescribeDBInstances": {"DBInstances": [{"InstanceCreateTime": "-90d"}]},
    "secretsmanager.DescribeSecret": {"CreatedDate": "-90d", "LastChangedDate": "-3d", "LastRotatedDate": "-3d"},
}
"""Members that replace those of the local AWS in all cases: the system is not new, and its tasks have addresses."""

PORT = 3000
NEWEST_REVISION = 3
BUILD = timedelta(seconds=40)
"""The time from the start of an execution until its deploy action registers the revision."""


def address(number: int) -> str:
    """Return the private address of the task at a position of the recorded tasks."""
    return f"10.0.0.{number + 10}"


def tasks(system: Healthy, recorded: Answer) -> list[Answer]:
    """Return the recorded tasks. Each has the members of the running task that the case leaves out."""
    found = []
    for number, each in enumerate(recorded["tasks"]):
        task = merged(_addressed(system, number), each)
        cluster, id_ = task["taskArn"].split("/")[-2:]
        prefix = task["taskArn"].partition(":task/")[0]
        for container in task["containers"]:
            container |= {"taskArn": task["taskArn"], "containerArn": f"{prefix}:container/{cluster}/{id_}/{number}"}
        found.append(task)
    return found


def _addressed(system: Healthy, number: int) -> Answer:
    """Return the running task with a network interface, which the local AWS does not give to tasks."""
    interface = {
        "subnetId": system.names["subnet_1"],
        "networkInterfaceId": f"eni-0a1b2c3d4e5f6a7b{number}",
        "macAddress": f"02:00:00:00:00:0{number}",
        "privateIPv4Address": address(number),
    }
    details = [{"name": name, "value": value} for name, value in interface.items()]
    attachment = {"id": f"attachment-{number}", "type": "ElasticNetworkInterface", "status": "ATTACHED"}
    network = {"attachmentId": attachment["id"], "privateIpv4Address": address(number)}
    containers = [each | {"networkInterfaces": [network]} for each in system.task["containers"]]
    return system.task | {"attachments": [attachment | {"details": details}], "containers": containers}


def describe_tasks(system: Healthy, recorded: Answer, own: Answer, request: Request) -> Answer:
    """Select the requested tasks. The others are failures.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html
    """
    del own
    known = {task["taskArn"].rpartition("/")[2]: task for task in tasks(system, recorded)}
    requested = {each.rpartition("/")[2]: each for each in request["tasks"]}
    missing = [{"arn": each, "reason": "MISSING"} for id_, each in requested.items() if id_ not in known]
    return {"tasks": [known[id_] for id_ in requested if id_ in known], "failures": missing}


def list_tasks(system: Healthy, recorded: Answer, own: Answer, request: Request) -> Answer:
    """List the recorded tasks. Without `desiredStatus`, list those with the desired status RUNNING.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTasks.html
    """
    del own
    wanted = request.get("desiredStatus", "RUNNING")
    found = [task for task in tasks(system, recorded) if task["desiredStatus"] == wanted]
    family = request.get("family")
    return {"taskArns": [task["taskArn"] for task in found if not family or f"/{family}:" in task["taskDefinitionArn"]]}


def target_health(system: Healthy, recorded: Answer, own: Answer, request: Request) -> Answer:
    """Return the recorded targets. If the case has none, return a healthy target for each running task."""
    del request
    running = [number for number, task in enumerate(tasks(system, recorded)) if task["lastStatus"] == "RUNNING"]
    found = [
        {
            "Target": {"Id": address(number), "Port": PORT, "AvailabilityZone": "eu-central-1a"},
            "HealthCheckPort": str(PORT),
            "TargetHealth": {"State": "healthy"},
        }
        for number in running
    ]
    return own or {"TargetHealthDescriptions": found}


def action_executions(answered: Answer, recorded: Answer, request: Request) -> Answer:
    """Replace the actions of the executions that the case names, and select those of the requested execution.

    Each recorded action has the members of the answered action of the same stage that the case leaves out.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ListActionExecutions.html
    """
    real = answered["actionExecutionDetails"]
    named = {each["pipelineExecutionId"] for each in recorded["actionExecutionDetails"]}
    made = []
    for each in recorded["actionExecutionDetails"]:
        same = (one for one in real if one["stageName"] == each["stageName"])
        made.append(merged(next(same, {}), each))
    filters = request.get("filter", {})
    latest = filters.get("latestInPipelineExecution", {})
    wanted = filters.get("pipelineExecutionId") or latest.get("pipelineExecutionId")
    found = [*made, *(one for one in real if one["pipelineExecutionId"] not in named)]
    return {"actionExecutionDetails": [one for one in found if wanted in (None, one["pipelineExecutionId"])]}


def pipeline_execution(answered: Answer, recorded: Answer, request: Request) -> Answer:
    """Return the status that ListPipelineExecutions has for the requested execution."""
    execution = answered["pipelineExecution"]
    for each in recorded["pipelineExecutionSummaries"]:
        if each.get("pipelineExecutionId") == request["pipelineExecutionId"]:
            status = {key: each[key] for key in ("status", "statusSummary") if key in each}
            return {**answered, "pipelineExecution": execution | status}
    return answered


def task_definition(answered: Answer, recorded: Answer, request: Request) -> Answer:
    """Return the revision with the time at which its execution registered it."""
    del request
    described = answered["taskDefinition"]
    position = NEWEST_REVISION - described["revision"]
    execution = recorded["pipelineExecutionSummaries"][position]
    build = min(BUILD, (execution["lastUpdateTime"] - execution["startTime"]) / 2)
    registered = execution["startTime"] + build
    return {**answered, "taskDefinition": described | {"registeredAt": registered}}


def task_definitions(answered: Answer, recorded: Answer, request: Request) -> Answer:
    """Leave out the revisions that the case does not list."""
    del request
    found = [each for each in answered["taskDefinitionArns"] if each in recorded["taskDefinitionArns"]]
    return {**answered, "taskDefinitionArns": found}


def certificates(answered: Answer, recorded: Answer, request: Request) -> Answer:
    """Merge the recorded certificate with that of the system. The account can have certificates of other tests."""
    del request
    [own] = [each for each in answered["CertificateSummaryList"] if each["DomainName"] == DOMAIN]
    [known] = recorded["CertificateSummaryList"]
    return {**answered, "CertificateSummaryList": [merged(own, known)]}


def subnets(answered: Answer, recorded: Answer, request: Request) -> Answer:
    """Merge the recorded subnets with the answered subnets of the same ids."""
    del request
    known = {each["SubnetId"]: each for each in recorded["Subnets"]}
    found = [merged(each, known.get(each["SubnetId"], {})) for each in answered["Subnets"]]
    return {**answered, "Subnets": found}


def secret(answered: Answer, recorded: Answer, request: Request) -> Answer:
    """Merge the members of a secret. If the case names a secret, leave the other secrets as they are."""
    if recorded.get("ARN", request["SecretId"]) != request["SecretId"]:
        return answered
    return all_members(answered, recorded, request)


def all_members(answered: Answer, recorded: Answer, request: Request) -> Answer:
    """Merge all members, whatever the request."""
    del request
    both: Answer = merged(answered, recorded)
    return both


def is_about(error: Answer, request: Request) -> bool:
    """Return whether a recorded error is the answer to a request: an error about an image, only if the image is asked.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html
    """
    if error["Code"] != "ImageNotFoundException":
        return True
    return any(each.get("imageDigest", "-") in error["Message"] for each in request.get("imageIds", []))


OF_TASKS: dict[str, Callable[[Healthy, Answer, Answer, Request], Answer]] = {
    "ecs.DescribeTasks": describe_tasks,
    "ecs.ListTasks": list_tasks,
    "elbv2.DescribeTargetHealth": target_health,
}
"""How operations answer from the recorded tasks."""

OF_REQUESTS: dict[str, Callable[[Answer, Answer, Request], Answer]] = {
    "acm.ListCertificates": certificates,
    "codepipeline.GetPipelineExecution": pipeline_execution,
    "codepipeline.ListActionExecutions": action_executions,
    "ec2.DescribeSubnets": subnets,
    "ecs.DescribeTaskDefinition": task_definition,
    "ecs.ListTaskDefinitions": task_definitions,
    "secretsmanager.DescribeSecret": secret,
}
"""How operations select from the recorded members."""
