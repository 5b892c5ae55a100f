"""What KMS answers, our server too, and moto alone does not."""

from localaws.kms import fixes
from tests.support.fixes import Client, case


@case(fixes.tells_its_own_keys_from_a_customers, in_aws=["AWS", "CUSTOMER"])
def test_a_key_of_aws_and_one_of_ours(client: Client) -> object:
    kms = client("kms")
    keys = ["alias/aws/secretsmanager", kms.create_key()["KeyMetadata"]["KeyId"]]
    return [kms.describe_key(KeyId=key)["KeyMetadata"]["KeyManager"] for key in keys]
