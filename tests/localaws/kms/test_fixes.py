"""What KMS answers, our server too, and moto alone does not."""

from pathlib import Path

from localaws.kms import fixes
from localaws.server import LocalAws
from tests.support.localaws.fixes import Client, case


@case(fixes.tells_its_own_keys_from_a_customers, in_aws=["AWS", "CUSTOMER"])
def test_a_key_of_aws_and_one_of_ours(client: Client) -> object:
    kms = client("kms")
    keys = ["alias/aws/secretsmanager", kms.create_key()["KeyMetadata"]["KeyId"]]
    return [kms.describe_key(KeyId=key)["KeyMetadata"]["KeyManager"] for key in keys]


def test_the_key_that_rds_makes_is_awss_own_before_anyone_asks_kms(tmp_path: Path) -> None:
    with LocalAws.start(tmp_path / "log", region="eu-west-1") as aws:
        size = {"Engine": "postgres", "DBInstanceClass": "db.t4g.micro", "AllocatedStorage": 20}
        made = aws.client("rds").create_db_instance(
            DBInstanceIdentifier="one", MasterUsername="owner", ManageMasterUserPassword=True, **size
        )
        key = made["DBInstance"]["MasterUserSecret"]["KmsKeyId"]

        assert aws.client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyManager"] == "AWS"
