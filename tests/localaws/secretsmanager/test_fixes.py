"""Answers of Secrets Manager that the local AWS gives, and moto alone does not."""

from localaws.secretsmanager import fixes
from tests.support.localaws.fixes import Client, case


@case(fixes.gives_the_version_that_became_current, in_aws=["second", "first"])
def test_a_secret_that_returns_to_its_previous_version(client: Client) -> object:
    secrets = client("secretsmanager")
    first = secrets.create_secret(Name="back", SecretString="first")["VersionId"]
    second = secrets.put_secret_value(SecretId="back", SecretString="second")["VersionId"]
    seen = [secrets.get_secret_value(SecretId="back")["SecretString"]]
    secrets.update_secret_version_stage(
        SecretId="back", VersionStage="AWSCURRENT", RemoveFromVersionId=second, MoveToVersionId=first
    )
    return [*seen, secrets.get_secret_value(SecretId="back")["SecretString"]]


@case(fixes.lists_tags_of_every_secret, in_aws=[])
def test_the_tags_of_a_secret_without_any(client: Client) -> object:
    client("secretsmanager").create_secret(Name="untagged", SecretString="x")
    listed = client("secretsmanager").list_secrets()["SecretList"]
    return next(secret.get("Tags") for secret in listed if secret["Name"] == "untagged")
