"""Comparison of recorded answers of AWS with the answers of the local AWS.

`recorded.tsv` lists members that were present in at least 90 % of two or more recorded answers: how many answers had
the member, how many could have it, and its numbers, booleans and enum values. The source is the recordings that the
tests of Cloud Custodian replay (Apache License 2.0):
https://github.com/cloud-custodian/cloud-custodian/tree/main/tests/data/placebo
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FEW = 5
"""With fewer answers, the value may be the same by chance."""

SENT_EMPTY = "recorded of three definitions that were sent with every list of the API, empty ones too"

NOT_GIVEN = {
    "codebuild.BatchGetProjects projects[].logsConfig.cloudWatchLogs.streamName": "recorded of projects that name one",
    "codebuild.BatchGetProjects projects[].source.location": "a project of a pipeline has none",
    "ecs.DescribeClusters clusters[].configuration.executeCommandConfiguration.logConfiguration": (
        "only a cluster whose sessions are logged has it"
    ),
    "ecs.DescribeTaskDefinition taskDefinition.containerDefinitions[].linuxParameters.devices": SENT_EMPTY,
    "rds.CreateDBInstance DBInstance.PendingModifiedValues.MasterUserPassword": "recorded of passwords that were given",
    "stepfunctions.DescribeExecution output": "the local AWS keeps no output: no state reads that of another",
}
"""Member to the reason why the local AWS leaves it out, although the recorded answers have it."""

DECLARED = "ours declare it, the recorded ones have another"

OTHERWISE = {
    "codebuild.BatchGetProjects projects[].source.type": DECLARED,
    "ec2.CreateSubnet Subnet.AvailableIpAddressCount": DECLARED,
    "ec2.DescribeNatGateways NatGateways[].State": "a destroyed one is deleted for an hour",
    "ecs.UpdateService service.deployments[].pendingCount": "counts tasks, and the recorded services had none",
    "elbv2.DescribeListeners Listeners[].Protocol": DECLARED,
    "elbv2.DescribeTargetGroups TargetGroups[].HealthCheckIntervalSeconds": DECLARED,
    "elbv2.DescribeTargetGroups TargetGroups[].HealthyThresholdCount": DECLARED,
    "elbv2.DescribeTargetGroups TargetGroups[].UnhealthyThresholdCount": DECLARED,
    "rds.DeleteDBInstance DBInstance.PubliclyAccessible": DECLARED,
    "route53.ListResourceRecordSets IsTruncated": "the provider asks for one record at a time",
}
"""Member to the reason why its value differs from all recorded answers."""

SOMETIMES = {
    "ecs.UpdateService service.pendingCount": "tasks of an earlier deployment may be pending at that moment",
}
"""The same, for values that depend on timing."""

RECORDED_SO = "AWS's own recorded answers have a word that its model does not have"
NO_CLIENT_READS_IT = "moto's own, which no client reads"

NOT_MODELED = {
    "ec2.CreateVpcEndpoint enum: VpcEndpoint.State": RECORDED_SO,
    "ec2.DescribeInternetGateways enum: InternetGateways[].Attachments[].State": RECORDED_SO,
    "ec2.DescribeVpcEndpoints enum: VpcEndpoints[].State": RECORDED_SO,
    "events.ListRules unknown: Rules[].CreatedBy": NO_CLIENT_READS_IT,
    "secretsmanager.DescribeSecret unknown: SecretVersionsToStages": NO_CLIENT_READS_IT,
    "secretsmanager.ListSecrets unknown: SecretList[].VersionIdsToStages": NO_CLIENT_READS_IT,
}
"""Member to the reason why an answer does not fit AWS's model."""


@dataclass(frozen=True)
class Recorded:
    """A member of AWS's answers, such as `services[].createdAt` of `ecs.DescribeServices`."""

    operation: str
    member: str
    answers: int
    values: tuple[str, ...]

    @property
    def parent(self) -> str:
        return self.member.rpartition(".")[0]


def recorded() -> list[Recorded]:
    with Path(__file__).with_suffix(".tsv").open(encoding="utf-8", newline="") as file:
        return [
            Recorded(row["operation"], row["member"], int(row["of"]), tuple(filter(None, row["values"].split(", "))))
            for row in csv.DictReader(file, delimiter="\t")
        ]


def lacking(answers: dict[str, Any]) -> Iterator[str]:
    """Yield the members that AWS's answers have and the local AWS's answers never had, as `operation member`."""
    for one in recorded():
        given = answers["members"].get(one.operation, {})
        if one.parent in given and one.member not in given:
            yield f"{one.operation} {one.member}"


def other_values(answers: dict[str, Any]) -> Iterator[str]:
    """Yield the members with one value in all recorded answers and another value here, as `operation member`."""
    for one in recorded():
        given = {_as_recorded(value) for value in answers["values"].get(one.operation, {}).get(one.member, [])}
        if len(one.values) == 1 and one.answers >= FEW and given - set(one.values):
            yield f"{one.operation} {one.member}"


def not_modeled(answers: dict[str, Any]) -> Iterator[str]:
    """Yield the members that do not fit AWS's API models, as `operation kind: member`."""
    for operation, faults in answers["faults"].items():
        yield from (f"{operation} {fault}" for fault in faults)


def compared(answers: dict[str, Any]) -> int:
    """Return the number of compared members."""
    return sum(one.parent in answers["members"].get(one.operation, {}) for one in recorded())


def _as_recorded(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
