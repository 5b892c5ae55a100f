"""The members of calls that have the values of the variables in ARN patterns, by service and variable.

A key such as `change.Id` is the variable of one resource type only.
"""

from collections.abc import Callable, Mapping

from localaws.iam.caller import Caller
from localaws.iam.reference import lookups
from localaws.json_types import JsonObject

Value = Callable[[Caller, JsonObject], list[str]]
"""Returns the values of a variable, none if the call does not have one."""

Values = Mapping[str, Value]


def _of(*paths: str, last_of: str | None = None, without: str = "") -> Value:
    """Return a function that reads the first of these members that the call has.

    Args:
        paths: The names of members. A dot separates the name of a member from the name of a member inside of it.
        last_of: A separator. Only the part of the value after the last separator counts.
        without: A prefix of the value that does not count.
    """

    def read(_: Caller, members: JsonObject) -> list[str]:
        value = next((found for path in paths if (found := _member(members, path))), [])
        listed = value if isinstance(value, list) else [value]
        return [one.rpartition(last_of)[2] if last_of else one.removeprefix(without) for one in listed]

    return read


def _member(members: JsonObject, path: str) -> str | list[str] | None:
    name, _, inner = path.partition(".")
    value = members.get(name)
    return _member(value, inner) if inner and isinstance(value, dict) else value


def _if(member: str, expected: str, value: Value) -> Value:
    """Return a function that reads a value only if a member has the expected value."""
    return lambda caller, members: value(caller, members) if members.get(member) == expected else []


def _cluster(_: Caller, members: JsonObject) -> list[str]:
    named = members.get("clusters") or [members.get("cluster") or members.get("clusterName") or "default"]
    return [name.rpartition("/")[2] for name in named]


def _rule(*, default_bus: bool) -> Value:
    def read(_: Caller, members: JsonObject) -> list[str]:
        on_default = members.get("EventBusName", "default").rpartition("/")[2] == "default"
        name = members.get("Name") or members.get("Rule")
        return [name] if name and on_default == default_bus else []

    return read


def _load_balancer(_: Caller, members: JsonObject) -> list[str]:
    kinds = {"network": "net", "gateway": "gwy"}
    return [f"{kinds.get(members.get('Type', ''), 'app')}/{members['Name']}/*"] if "Name" in members else []


def _ids(*names: str, prefix: str) -> Value:
    return lambda _, members: lookups.ids(members, *names, prefix=prefix)


def _generated(_: Caller, __: JsonObject) -> list[str]:
    """Return no value: AWS generates the value, and the calls name the resource by its ARN."""
    return []


VALUES: Mapping[str, Values] = {
    "acm": {"CertificateId": _generated},
    "cloudwatch": {
        "AlarmName": _of("AlarmNames", "AlarmName", "ResourceARN", last_of=":"),
        "InsightRuleName": _of("RuleName"),
        "SloName": _of("SloName"),
    },
    "codebuild": {"ProjectName": _of("projectName", "name", "names")},
    "codepipeline": {
        "PipelineName": _of("pipelineName", "name", "pipeline.name"),
        "StageName": _of("stageName"),
    },
    "ec2": {
        "AllocationId": lookups.allocations,
        "InternetGatewayId": _ids("InternetGatewayId", prefix="igw"),
        "NaclId": _ids("NetworkAclId", prefix="acl"),
        "NatGatewayId": _ids("NatGatewayId", prefix="nat"),
        "NetworkInterfaceId": _ids("NetworkInterfaceId", prefix="eni"),
        "RouteTableId": lookups.route_tables,
        "SecurityGroupId": _ids("GroupId", "SecurityGroupIds", "AddSecurityGroupIds", prefix="sg"),
        "SecurityGroupRuleId": lookups.security_group_rules,
        "SubnetId": lookups.subnets,
        "VpcEndpointId": _ids("VpcEndpointId", "VpcEndpointIds", prefix="vpce"),
        "VpcFlowLogId": _ids("FlowLogIds", prefix="fl"),
        "VpcId": _ids("VpcId", prefix="vpc"),
    },
    "ecr": {"RepositoryName": _of("repositoryName", "repositoryNames")},
    "ecs": {
        "ClusterName": _cluster,
        "ServiceName": _of("services", "service", "serviceName", last_of="/"),
        "TaskId": _of("tasks", "task", last_of="/"),
    },
    "elasticloadbalancing": {
        "LoadBalancerName": _load_balancer,
        "TargetGroupId": _generated,
        "TargetGroupName": _of("Name"),
    },
    "events": {
        "rule-on-custom-event-bus.EventBusName": _of("EventBusName", last_of="/"),
        "rule-on-custom-event-bus.RuleName": _rule(default_bus=False),
        "rule-on-default-event-bus.RuleName": _rule(default_bus=True),
    },
    "iam": {
        "OidcProviderName": _of("Url", without="https://"),
        "PolicyNameWithPath": _of("PolicyName"),
        "RoleNameWithPath": lookups.roles,
    },
    "kms": {"Alias": _of("AliasName", without="alias/"), "KeyId": lookups.keys},
    "logs": {"LogGroupName": _of("logGroupName", "logGroupIdentifier"), "LogStreamName": _of("logStreamName")},
    "rds": {
        "DbInstanceName": _of("DBInstanceIdentifier"),
        "OptionGroupName": _of("OptionGroupName"),
        "ParameterGroupName": _of("DBParameterGroupName"),
        "SnapshotName": _of("DBSnapshotIdentifier"),
        "SubnetGroupName": _of("DBSubnetGroupName"),
    },
    "route53": {
        "change.Id": _of("Id", last_of="/"),
        "healthcheck.Id": _if("ResourceType", "healthcheck", _of("ResourceId", last_of="/")),
        "hostedzone.Id": lookups.hosted_zones,
    },
    "s3": {
        "BucketName": _of("Bucket"),
        "ObjectName": lookups.object_keys,
    },
    "secretsmanager": {"SecretId": lookups.secrets},
    "servicequotas": {"QuotaCode": _of("QuotaCode"), "ServiceCode": _of("ServiceCode")},
    "ssm": {"ParameterNameWithoutLeadingSlash": lookups.parameters},
    "states": {"StateMachineName": _of("name")},
}
