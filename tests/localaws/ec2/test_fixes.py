"""Answers of EC2 that the local AWS gives and moto alone does not."""

import pytest
from botocore.exceptions import ClientError

from localaws.ec2 import fixes
from tests.support.localaws.fixes import REGION, Client, case


@case(fixes.keep_rule_descriptions, in_aws=["from within"])
def test_a_rule_between_security_groups(client: Client) -> object:
    ec2 = client("ec2")
    group = ec2.create_security_group(GroupName="described", Description="d")["GroupId"]
    peer = {"GroupId": group, "Description": "from within"}
    permission = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "UserIdGroupPairs": [peer]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
    return [rule.get("Description") for rule in rules if not rule["IsEgress"]]


@case(fixes.name_the_missing_rule, in_aws=["InvalidSecurityGroupRuleId.NotFound"] * 2)
def test_a_rule_that_is_revoked_twice(client: Client) -> object:
    ec2 = client("ec2")
    group = ec2.create_security_group(GroupName="revoked", Description="d")["GroupId"]
    permission = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    codes = []
    for direction in ("ingress", "egress"):
        authorize = getattr(ec2, f"authorize_security_group_{direction}")
        [rule] = authorize(GroupId=group, IpPermissions=[permission])["SecurityGroupRules"]
        revoke = getattr(ec2, f"revoke_security_group_{direction}")
        revoke(GroupId=group, SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])
        with pytest.raises(ClientError) as refusal:
            revoke(GroupId=group, SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])
        codes.append(refusal.value.response["Error"]["Code"])
    return codes


@case(fixes.keep_icmp_types_of_acl_entries, in_aws=[{"Type": 3, "Code": -1}])
def test_an_acl_entry_for_icmp(client: Client) -> object:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    entry = {"RuleNumber": 110, "Protocol": "1", "RuleAction": "allow", "Egress": False, "CidrBlock": "0.0.0.0/0"}
    ec2.create_network_acl_entry(NetworkAclId=acl, **entry, IcmpTypeCode={"Type": 3, "Code": -1})
    [made] = ec2.describe_network_acls(NetworkAclIds=[acl])["NetworkAcls"]
    return [entry.get("IcmpTypeCode") for entry in made["Entries"] if entry["RuleNumber"] == 110]


@case(
    fixes.refuse_unknown_acl_associations,
    in_aws=["InvalidAssociationID.NotFound", "InvalidNetworkAclID.NotFound", True],
)
def test_an_acl_association_that_is_gone(client: Client) -> object:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.2.0.0/24")["Subnet"]["SubnetId"]

    def association() -> str:
        acls = ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": [subnet]}])
        [found] = [one for acl in acls["NetworkAcls"] for one in acl["Associations"] if one["SubnetId"] == subnet]
        return str(found["NetworkAclAssociationId"])

    def error_of_replacing(association_id: str, acl: str) -> str:
        try:
            ec2.replace_network_acl_association(AssociationId=association_id, NetworkAclId=acl)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return ""

    before = association()
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    gone, unknown = error_of_replacing("aclassoc-0", acl), error_of_replacing(before, "acl-0")
    return [gone, unknown, association() == before]


@case(fixes.delete_default_acl_with_its_vpc, in_aws=[1, 0])
def test_the_acl_of_a_vpc_that_is_deleted(client: Client) -> object:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    filters = [{"Name": "vpc-id", "Values": [vpc]}]
    before = ec2.describe_network_acls(Filters=filters)["NetworkAcls"]
    ec2.delete_vpc(VpcId=vpc)
    return [len(before), len(ec2.describe_network_acls(Filters=filters)["NetworkAcls"])]


@case(fixes.return_gateways_and_prefixes, in_aws=[[], "54.231.0.0/16"])
def test_a_route_table_and_the_prefix_list_of_a_service(client: Client) -> object:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.5.0.0/16")["Vpc"]["VpcId"]
    [table] = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
    of_s3 = {"Name": "prefix-list-name", "Values": [f"com.amazonaws.{REGION}.s3"]}
    [prefixes] = ec2.describe_prefix_lists(Filters=[of_s3])["PrefixLists"]
    return [table.get("PropagatingVgws"), prefixes["Cidrs"][-1]]


@case(fixes.create_vpcs_as_pending, in_aws=["pending", "available"])
def test_a_vpc_that_is_made(client: Client) -> object:
    ec2 = client("ec2")
    made = ec2.create_vpc(CidrBlock="10.6.0.0/16")["Vpc"]
    [shown] = ec2.describe_vpcs(VpcIds=[made["VpcId"]])["Vpcs"]
    return [made["State"], shown["State"]]
