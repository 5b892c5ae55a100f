"""A rotation of the database's password, and the deployment that follows, observed through the AWS API."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from operations.wait import until, wait_for_state_machine
from rehearsal.system import TIMEOUT_SECONDS, CheckError, System, expect

if TYPE_CHECKING:
    from types_boto3_ecs.type_defs import DeploymentTypeDef
    from types_boto3_secretsmanager import SecretsManagerClient


def rotate(system: System) -> str:
    """Rotate the password, and return the deployment that the rotation starts.

    Raises:
        CheckError: No deployment follows, the deployment fails, or the service then runs another revision.
    """
    before = system.deployment()
    started = datetime.now(UTC)
    instance = system.database()
    secret = instance["MasterUserSecret"]["SecretArn"]
    old = _current_version(system, secret)
    system.aws.client("rds").modify_db_instance(
        DBInstanceIdentifier=instance["DBInstanceIdentifier"], RotateMasterUserPassword=True, ApplyImmediately=True
    )
    new = _current_version(system, secret)
    if new == old:
        raise CheckError(f"the rotation did not change the current version of the secret {secret}, {old}")
    _wait_for_restart(system, secret, new)
    problem = f"the deployment of {system.revision()} is still in progress"
    after = until(lambda: _finished_deployment(system), TIMEOUT_SECONDS, problem)
    if reasons := system.stopped_reasons(since=started):
        raise CheckError(f"the new tasks did not start: {', '.join(reasons)}")
    if after["id"] == before["id"]:
        raise CheckError(
            f"the service {system.service_name} was not redeployed: its deployment is still {before['id']}"
        )
    expect(f"the state of the deployment {after['id']}", after["rolloutState"], "COMPLETED")
    expect("the revision that runs", after["taskDefinition"], before["taskDefinition"])
    return f"{system.revision()} runs in new tasks, deployment {after['id']}"


def _current_version(system: System, secret: str) -> str:
    client: SecretsManagerClient = system.aws.client("secretsmanager")
    versions = client.describe_secret(SecretId=secret)["VersionIdsToStages"]
    [current] = [version for version, labels in versions.items() if "AWSCURRENT" in labels]
    return current


def _wait_for_restart(system: System, secret: str, version: str) -> None:
    started = system.started_by(
        f"the new version of the secret {secret}",
        lambda event: event["resources"] == [secret] and event["detail"]["versionId"] == version,
    )
    execution = wait_for_state_machine(system.aws.client("stepfunctions"), started, TIMEOUT_SECONDS)
    if execution["status"] != "SUCCEEDED":
        raise CheckError(f"the restart {started} failed: {execution['error']}: {execution['cause']}")


def _finished_deployment(system: System) -> "DeploymentTypeDef | None":
    deployment = system.deployment()
    return deployment if deployment["rolloutState"] != "IN_PROGRESS" else None
