"""The master password that RDS keeps in Secrets Manager."""

import json

from localaws.rds import managed_password
from tests.support.localaws.fixes import Client, case


@case(managed_password.generate_managed_passwords, in_aws=["owner", 4])
def test_passwords_of_two_databases_before_and_after_a_rotation(client: Client) -> object:
    rds = client("rds")

    def login(name: str) -> dict[str, str]:
        [instance] = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
        arn = instance["MasterUserSecret"]["SecretArn"]
        found: dict[str, str] = json.loads(client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])
        return found

    passwords = set()
    for name in ("first", "second"):
        size = {"Engine": "postgres", "DBInstanceClass": "db.t4g.micro", "AllocatedStorage": 20}
        rds.create_db_instance(DBInstanceIdentifier=name, MasterUsername="owner", ManageMasterUserPassword=True, **size)
        passwords.add(login(name)["password"])
        rds.modify_db_instance(DBInstanceIdentifier=name, RotateMasterUserPassword=True, ApplyImmediately=True)
        passwords.add(login(name)["password"])
    return [login("first")["username"], len(passwords)]


@case(managed_password.keep_managed_secrets, in_aws=[True, True])
def test_a_managed_password_that_is_to_be_managed(client: Client) -> object:
    rds = client("rds")

    def secret() -> str:
        [instance] = rds.describe_db_instances(DBInstanceIdentifier="shop")["DBInstances"]
        return str(instance["MasterUserSecret"]["SecretArn"])

    size = {"Engine": "postgres", "DBInstanceClass": "db.t4g.micro", "AllocatedStorage": 20}
    rds.create_db_instance(DBInstanceIdentifier="shop", MasterUsername="owner", ManageMasterUserPassword=True, **size)
    first = secret()
    rds.modify_db_instance(DBInstanceIdentifier="shop", ManageMasterUserPassword=True)
    kept = secret() == first
    rds.modify_db_instance(DBInstanceIdentifier="shop", ManageMasterUserPassword=False, MasterUserPassword="password")
    rds.modify_db_instance(DBInstanceIdentifier="shop", ManageMasterUserPassword=True)
    return [kept, secret() != first]


@case(managed_password.rotate_on_request, in_aws=[True, True, True])
def test_a_managed_password_that_secrets_manager_rotates(client: Client) -> object:
    rds, secrets = client("rds"), client("secretsmanager")
    size = {"Engine": "postgres", "DBInstanceClass": "db.t4g.micro", "AllocatedStorage": 20}
    rds.create_db_instance(
        DBInstanceIdentifier="rotated", MasterUsername="owner", ManageMasterUserPassword=True, **size
    )
    [instance] = rds.describe_db_instances(DBInstanceIdentifier="rotated")["DBInstances"]
    arn = instance["MasterUserSecret"]["SecretArn"]
    before = secrets.get_secret_value(SecretId=arn)

    version = secrets.rotate_secret(SecretId=arn)["VersionId"]

    after = secrets.get_secret_value(SecretId=arn)
    return [
        after["VersionId"] == version != before["VersionId"],
        after["SecretString"] != before["SecretString"],
        "LastRotatedDate" in secrets.describe_secret(SecretId=arn),
    ]
