"""The capacity and the quotas of Fargate.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
"""

from collections.abc import Iterator

from operations.commands.why.case import Case, cause
from operations.commands.why.cause import Cause


def causes(case: Case) -> Iterator[Cause]:
    """Yield the limits of AWS that the service has reached."""
    if said := case.said(r"limit on the number of vCPUs", r"vCPU.*(?:limit|quota)"):
        text = "The account has reached the quota of Fargate vCPUs in the region"
        advice = (
            'Ask for a higher quota (Service Quotas, AWS Fargate, "Fargate On-Demand vCPU resource count"), or stop '
            f"tasks of other services. `make preflight ENV={case.name}` shows the quota"
        )
        yield cause("quota-vcpus", text, "certain", advice, said.line)
    if said := case.said(r"limit on the number of tasks"):
        text = "The account has reached the quota of tasks in the region"
        advice = "Ask for a higher quota in Service Quotas, or stop tasks of other services"
        yield cause("quota-tasks", text, "certain", advice, said.line)
    if said := case.said(
        r"Capacity is unavailable", r"RESOURCE:FARGATE", r"InsufficientCapacity|insufficient capacity"
    ):
        text = "AWS has no capacity for Fargate tasks in the availability zones of the service now"
        advice = (
            "Wait: ECS tries again. If it lasts, choose another size of the task "
            f"({case.name}.service.cpu and memory_mib), or more zones ({case.name}.network.zones)"
        )
        yield cause("no-capacity", text, "certain", advice, said.line)
    if said := case.said(r"Rate exceeded|ThrottlingException|RequestLimitExceeded"):
        text = "AWS throttled requests that a start of tasks needs"
        yield cause("throttled", text, "possible", "Wait: ECS tries again", said.line)
