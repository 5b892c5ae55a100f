"""The events of Secrets Manager."""

from tests.support.localaws.aws_pipeline import clients
from tests.support.localaws.secret_events import told


def test_each_move_of_a_label_becomes_an_event() -> None:
    """AWSPENDING and AWSPREVIOUS move without an event."""
    secrets = clients().client("secretsmanager")
    created = secrets.create_secret(Name="labels", SecretString="1")
    arn, first = created["ARN"], created["VersionId"]

    second = secrets.put_secret_value(SecretId=arn, SecretString="2")["VersionId"]
    third = secrets.update_secret(SecretId=arn, SecretString="3")["VersionId"]
    secrets.update_secret(SecretId=arn, Description="the value stays")
    secrets.put_secret_value(SecretId=arn, SecretString="4", VersionStages=["AWSPENDING"])
    secrets.update_secret_version_stage(
        SecretId=arn, VersionStage="AWSCURRENT", RemoveFromVersionId=third, MoveToVersionId=second
    )
    secrets.update_secret_version_stage(SecretId=arn, VersionStage="BLUE", MoveToVersionId=first)

    assert [(event["detail"]["labelUpdated"], event["detail"]["versionId"]) for event in told(arn)] == [
        ("AWSCURRENT", second),
        ("AWSCURRENT", third),
        ("AWSCURRENT", second),
        ("BLUE", first),
    ]
