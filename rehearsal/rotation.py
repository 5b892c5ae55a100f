"""A rotation of the database's password, and the fresh tasks that follow: each read through the AWS API."""

from typing import Any

from operations.wait import until, wait_for_state_machine
from rehearsal.system import TIMEOUT_SECONDS, CheckError, System, expect


def rotate(system: System) -> str:
    """Have RDS rotate the password, and see it start a new deployment of the revision that ran before."""
    before = system.deployment()
    instance = system.database()
    secret = instance["MasterUserSecret"]["SecretArn"]
    old = _current_version(system, secret)
    system.aws.client("rds").modify_db_instance(
        DBInstanceIdentifier=instance["DBInstanceIdentifier"], RotateMasterUserPassword=True, ApplyImmediately=True
    )
    new = _current_version(system, secret)
    if new == old:
        raise CheckError(f"the current version of the secret {secret} is {old} after the rotation, as before it")
    _wait_for_the_restart(system, secret, new)
    after = until(lambda: _finished(system), TIMEOUT_SECONDS, f"the deployment of {system.revision()} is not over")
    if after["id"] == before["id"]:
        raise CheckError(f"the service {system.service_name} still has the deployment {before['id']}: no task is fresh")
    expect(f"the state of the deployment {after['id']}", after["rolloutState"], "COMPLETED")
    expect("the revision that runs", after["taskDefinition"], before["taskDefinition"])
    return f"{system.revision()} runs in fresh tasks, deployment {after['id']}"


def _current_version(system: System, secret: str) -> str:
    versions = system.aws.client("secretsmanager").describe_secret(SecretId=secret)["VersionIdsToStages"]
    [current] = [version for version, labels in versions.items() if "AWSCURRENT" in labels]
    found: str = current
    return found


def _wait_for_the_restart(system: System, secret: str, version: str) -> None:
    started = system.started_by(
        f"the new version of the secret {secret}",
        lambda event: event["resources"] == [secret] and event["detail"]["versionId"] == version,
    )
    execution = wait_for_state_machine(system.aws.client("stepfunctions"), started, TIMEOUT_SECONDS)
    if execution["status"] != "SUCCEEDED":
        raise CheckError(f"the restart {started} failed: {execution['error']}: {execution['cause']}")


def _finished(system: System) -> dict[str, Any] | None:
    for failed in (each for each in system.service()["deployments"] if each["rolloutState"] == "FAILED"):
        raise CheckError(f"the fresh tasks did not come up: {', '.join(system.stopped_reasons(failed['id']))}")
    deployment = system.deployment()
    return deployment if deployment["rolloutState"] != "IN_PROGRESS" else None
