"""Values of ARN variables that need more than one member, or another resource of the account.

An association that does not exist has `*` in place of the resource. The call itself then reports what is missing.
"""

from botocore.exceptions import ClientError

from localaws.iam.caller import Caller
from localaws.json_types import JsonObject


def allocations(caller: Caller, members: JsonObject) -> list[str]:
    """Return the allocation ids of the addresses that a call names, also by an association."""
    named = ids(members, "AllocationId", prefix="eipalloc")
    association = members.get("AssociationId", "")
    if association.startswith("eipassoc-"):
        by_id = {"Name": "association-id", "Values": [association]}
        found = caller.client("ec2").describe_addresses(Filters=[by_id])["Addresses"]
        named += [one["AllocationId"] for one in found] or ["*"]
    return named


def route_tables(caller: Caller, members: JsonObject) -> list[str]:
    """Return the ids of the route tables that a call names, also by an association."""
    named = ids(members, "RouteTableId", "RouteTableIds", "AddRouteTableIds", prefix="rtb")
    return named + [one["RouteTableId"] for one in _associations(caller, members)]


def subnets(caller: Caller, members: JsonObject) -> list[str]:
    """Return the ids of the subnets that a call names, also by the association of a route table or a network ACL."""
    named = ids(members, "SubnetId", "SubnetIds", "AddSubnetIds", prefix="subnet")
    return named + [one["SubnetId"] for one in _associations(caller, members) if "SubnetId" in one]


def _associations(caller: Caller, members: JsonObject) -> list[JsonObject]:
    """Return the association that a call names: of a subnet with a route table or with a network ACL."""
    association, ec2 = members.get("AssociationId", ""), caller.client("ec2")
    if association.startswith("rtbassoc-"):
        by_id = {"Name": "association.route-table-association-id", "Values": [association]}
        found, key = ec2.describe_route_tables(Filters=[by_id])["RouteTables"], "RouteTableAssociationId"
    elif association.startswith("aclassoc-"):
        by_id = {"Name": "association.association-id", "Values": [association]}
        found, key = ec2.describe_network_acls(Filters=[by_id])["NetworkAcls"], "NetworkAclAssociationId"
    else:
        return []
    associations = [one for owner in found for one in owner["Associations"] if one[key] == association]
    return associations or [{"RouteTableId": "*", "SubnetId": "*"}]


def security_group_rules(_: Caller, members: JsonObject) -> list[str]:
    """Return the ids of the rules that a call changes or tags."""
    changed = [rule["SecurityGroupRuleId"] for rule in members.get("SecurityGroupRules", [])]
    return changed + ids(members, prefix="sgr")


def roles(caller: Caller, members: JsonObject) -> list[str]:
    """Return the name of a role with its path."""
    if not (name := members.get("RoleName")):
        return []
    if "AssumeRolePolicyDocument" in members:  # CreateRole, and of no effect on an existing role
        return [f"{members.get('Path', '/')}{name}".lstrip("/")]
    try:
        arn = caller.client("iam").get_role(RoleName=name)["Role"]["Arn"]
    except ClientError:
        return [name]
    return [arn.partition(":role/")[2]]


def keys(caller: Caller, members: JsonObject) -> list[str]:
    """Return the id of the key that a call names by id, by alias, or as the target of an alias."""
    named = members.get("KeyId") or members.get("TargetKeyId") or members.get("AliasName")
    if not named:
        return []
    try:
        return [caller.client("kms").describe_key(KeyId=named)["KeyMetadata"]["KeyId"]]
    except ClientError:
        return [named.rpartition("/")[2]]


def hosted_zones(_: Caller, members: JsonObject) -> list[str]:
    """Return the id of a hosted zone."""
    if members.get("ResourceType", "hostedzone") != "hostedzone":
        return []
    named = [members[name] for name in ("HostedZoneId", "ResourceId", "Id") if members.get(name)]
    return [one.rpartition("/")[2] for one in named[:1]]


def object_keys(_: Caller, members: JsonObject) -> list[str]:
    """Return the keys of the objects that a call names."""
    if "Key" in members:
        return [members["Key"]]
    return [one["Key"] for one in members.get("Delete", {}).get("Objects", [])]


def secrets(caller: Caller, members: JsonObject) -> list[str]:
    """Return the name of a secret with its random suffix. A secret that does not exist yet has no suffix."""
    named = members.get("SecretId") or members.get("Name")
    if not named:
        return []
    try:
        arn = caller.client("secretsmanager").describe_secret(SecretId=named)["ARN"]
    except ClientError:
        return [f"{named.partition(':secret:')[2] or named}-??????"]
    return [arn.partition(":secret:")[2]]


def parameters(_: Caller, members: JsonObject) -> list[str]:
    """Return the names and the path of parameters, without the leading slash."""
    if members.get("ResourceType", "Parameter") != "Parameter":
        return []
    names = members.get("Names") or [members.get("Name") or members.get("Path") or members.get("ResourceId")]
    return [one.strip("/") for one in names if one]


def ids(members: JsonObject, *names: str, prefix: str) -> list[str]:
    """Return the ids of EC2 with a prefix in these members, and in the members of tags and flow logs."""
    given = [members.get(name) for name in (*names, "ResourceIds", "Resources")]
    listed = [one for value in given if value for one in (value if isinstance(value, list) else [value])]
    return [one for one in listed if one.startswith(f"{prefix}-")]
