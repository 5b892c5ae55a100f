"""Values of ARN variables that depend on other resources of the account."""

from localaws.iam.caller import Caller
from localaws.iam.reference import lookups
from tests.support.localaws.aws_pipeline import clients, policy

TRUST = policy({"Effect": "Allow", "Principal": {"Service": "ecs.amazonaws.com"}, "Action": "sts:AssumeRole"})


def test_an_association_names_its_table_and_its_subnet(caller: Caller) -> None:
    ec2 = clients().client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/24")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    association = ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)["AssociationId"]
    filters = [{"Name": "association.subnet-id", "Values": [subnet]}]
    [acl] = ec2.describe_network_acls(Filters=filters)["NetworkAcls"]
    [of_acl] = [one["NetworkAclAssociationId"] for one in acl["Associations"] if one["SubnetId"] == subnet]

    members, replacing = {"AssociationId": association}, {"AssociationId": of_acl, "NetworkAclId": "acl-1"}
    assert (lookups.route_tables(caller, members), lookups.subnets(caller, members)) == ([table], [subnet])
    assert lookups.subnets(caller, replacing) == [subnet]
    assert lookups.subnets(caller, {"AssociationId": "rtbassoc-1"}) == ["*"]


def test_an_association_names_its_address(caller: Caller) -> None:
    assert lookups.allocations(caller, {"AllocationId": "eipalloc-1"}) == ["eipalloc-1"]
    assert lookups.allocations(caller, {"AssociationId": "eipassoc-1"}) == ["*"]


def test_a_role_has_its_path(caller: Caller) -> None:
    clients().client("iam").create_role(RoleName="looked-up", Path="/ci/", AssumeRolePolicyDocument=TRUST)

    assert lookups.roles(caller, {"RoleName": "looked-up"}) == ["ci/looked-up"]
    assert lookups.roles(caller, {"RoleName": "new", "Path": "/ci/", "AssumeRolePolicyDocument": TRUST}) == ["ci/new"]
    assert lookups.roles(caller, {"RoleName": "missing"}) == ["missing"]


def test_an_alias_names_its_key(caller: Caller) -> None:
    kms = clients().client("kms")
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/looked-up", TargetKeyId=key["KeyId"])

    for named in ({"AliasName": "alias/looked-up"}, {"KeyId": "alias/looked-up"}, {"KeyId": key["Arn"]}):
        assert lookups.keys(caller, named) == [key["KeyId"]]
    assert lookups.keys(caller, {}) == []


def test_a_secret_has_its_suffix(caller: Caller) -> None:
    arn = clients().client("secretsmanager").create_secret(Name="looked/up", SecretString="x")["ARN"]

    assert lookups.secrets(caller, {"SecretId": "looked/up"}) == [arn.rpartition(":secret:")[2]]
    assert lookups.secrets(caller, {"Name": "looked/new"}) == ["looked/new-??????"]
