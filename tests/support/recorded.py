"""What AWS was recorded to answer, held against what the local AWS answered.

`recorded.tsv` says how often a member was present in recorded answers of AWS, of how many that could have it, and
which numbers, booleans and words of enums it had. It has the members that were present in at least 90 % of two answers
or more. It is made from the recordings that the tests of Cloud Custodian replay, Apache License 2.0:
https://github.com/cloud-custodian/cloud-custodian/tree/main/tests/data/placebo
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FEW = 5
"""Fewer answers than this may have the same value by chance."""

SENT_EMPTY = "recorded of three definitions that were sent with every list of the API, empty ones too"

NOT_GIVEN = {
    "codebuild.BatchGetProjects projects[].logsConfig.cloudWatchLogs.streamName": "recorded of projects that name one",
    "codebuild.BatchGetProjects projects[].source.location": "a project of a pipeline has none",
    "ecs.DescribeTaskDefinition taskDefinition.containerDefinitions[].linuxParameters.devices": SENT_EMPTY,
    "rds.CreateDBInstance DBInstance.PendingModifiedValues.MasterUserPassword": "recorded of passwords that were given",
    "stepfunctions.DescribeExecution output": "the local AWS keeps no output: no state reads that of another",
}
"""Why the local AWS leaves out a member that AWS was recorded to give."""

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
"""Why a member has another value than in all recorded answers."""

SOMETIMES = {
    "ecs.UpdateService service.pendingCount": "tasks of an earlier deployment may be pending at that moment",
}
"""The same, for what depends on the moment."""

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
"""Why an answer may not fit AWS's model of it."""


@dataclass(frozen=True)
class Recorded:
    """A member that AWS gives: `ecs.DescribeServices`, `services[].createdAt`."""

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
    """Yield the members that AWS gives in what was answered, and the local AWS never did: `operation member`."""
    for one in recorded():
        given = answers["members"].get(one.operation, {})
        if one.parent in given and one.member not in given:
            yield f"{one.operation} {one.member}"


def other_values(answers: dict[str, Any]) -> Iterator[str]:
    """Yield the members that had one value in all recorded answers, and another here: `operation member`."""
    for one in recorded():
        given = {_as_recorded(value) for value in answers["values"].get(one.operation, {}).get(one.member, [])}
        if len(one.values) == 1 and one.answers >= FEW and given - set(one.values):
            yield f"{one.operation} {one.member}"


def not_modeled(answers: dict[str, Any]) -> Iterator[str]:
    """Yield what does not fit AWS's API models: `operation kind: member`."""
    for operation, faults in answers["faults"].items():
        yield from (f"{operation} {fault}" for fault in faults)


def compared(answers: dict[str, Any]) -> int:
    """Return how many members were compared."""
    return sum(one.parent in answers["members"].get(one.operation, {}) for one in recorded())


def _as_recorded(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
