"""Answers of KMS that the local AWS gives, and moto alone does not."""

from pathlib import Path

from localaws.kms import fixes
from localaws.server import LocalAws
from tests.support.localaws.fixes import Client, case


@case(fixes.tells_its_own_keys_from_a_customers, in_aws=["AWS", "CUSTOMER"])
def test_an_aws_managed_key_and_a_customer_managed_key(client: Client) -> object:
    kms = client("kms")
    keys = ["alias/aws/secretsmanager", kms.create_key()["KeyMetadata"]["KeyId"]]
    return [kms.describe_key(KeyId=key)["KeyMetadata"]["KeyManager"] for key in keys]


def test_the_key_of_an_rds_password_is_aws_managed(tmp_path: Path) -> None:
    """RDS creates the key before the first request to KMS."""
    with LocalAws.start(tmp_path / "log", region="eu-west-1") as aws:
        size = {"Engine": "postgres", "DBInstanceClass": "db.t4g.micro", "AllocatedStorage": 20}
        made = aws.client("rds").create_db_instance(
            DBInstanceIdentifier="one", MasterUsername="owner", ManageMasterUserPassword=True, **size
        )
        key = made["DBInstance"]["MasterUserSecret"]["KmsKeyId"]

        assert aws.client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyManager"] == "AWS"
