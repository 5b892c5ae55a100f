"""What counts as left in an account."""

from pathlib import Path

import pytest

from localaws.leftovers import listed
from localaws.server import LocalAws


@pytest.mark.slow
def test_a_key_is_left_until_its_deletion_is_scheduled_and_a_vpc_with_its_acls_until_it_is_gone(tmp_path: Path) -> None:
    with LocalAws.start(tmp_path / "aws.log", region="eu-west-1") as aws:
        before = listed(aws)
        kms, ec2 = aws.client("kms"), aws.client("ec2")
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName="alias/some", TargetKeyId=key)
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]

        made = listed(aws) - before
        assert made > {f"key {key}", "key alias alias/some", f"VPC {vpc}", f"network ACL {acl}"}

        kms.delete_alias(AliasName="alias/some")
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
        ec2.delete_network_acl(NetworkAclId=acl)
        ec2.delete_vpc(VpcId=vpc)
        assert listed(aws) == before
