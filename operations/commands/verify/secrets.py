"""Checks of the secrets: they exist, have the keys, and the execution role may read them."""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from operations import reasons
from operations.commands.verify.subject import Subject
from operations.preflight.finding import Finding, not_checked, ok, problem
from operations.system import secrets
from operations.system.deployed import DeployedEnvironment
from operations.system.secrets import Reference, Source

PLACE = "secrets"
SERVICES = {False: ("secretsmanager", "secretsmanager:GetSecretValue"), True: ("ssm", "ssm:GetParameters")}
"""The service of a source, and the action with which ECS reads it, by whether the source is a parameter.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html#task-execution-secrets
"""
OF_AWS = {"", "alias/aws/secretsmanager", "alias/aws/ssm"}
"""The keys that AWS manages. Each principal of the account can use them through their service.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
"""


def check(deployed: DeployedEnvironment, subject: Subject) -> Iterator[Finding]:
    """Check each source that the container definition names."""
    references = secrets.references(subject.definition)
    if not references:
        yield ok(PLACE, "the container has no secrets")
    for source in dict.fromkeys(each.source for each in references):
        yield from _of_source(deployed, subject, [each for each in references if each.source == source])


def _of_source(deployed: DeployedEnvironment, subject: Subject, named: list[Reference]) -> Iterator[Finding]:
    """Check one secret or parameter, with the variables that it feeds."""
    reference = named[0]
    place = f"{'parameter' if reference.is_parameter else 'secret'} {reference.name}"
    source: Source | None = None
    try:
        source = _found(deployed, reference)
    except ClientError as error:
        yield not_checked(place, reasons.reason(error))
    else:
        if source is None or source.deleted:
            state = "is scheduled for deletion" if source else "does not exist"
            yield problem(
                place,
                f"it feeds {', '.join(each.variable for each in named)}, but {state}, so no task can start",
                advice="restore or create it, or correct service.secrets",
            )
            return
    yield from _readable(deployed, subject, reference, source, place)
    yield from _keys(deployed, named)


def _found(deployed: DeployedEnvironment, reference: Reference) -> Source | None:
    if reference.is_parameter:
        return deployed.parameters(reference.region, [reference.name]).get(reference.name)
    return deployed.secret(reference)


def _readable(
    deployed: DeployedEnvironment, subject: Subject, reference: Reference, source: Source | None, place: str
) -> Iterator[Finding]:
    """Check that the policies of the execution role let it read a source, and decrypt it with its key."""
    role = subject.definition.execution_role
    service, action = SERVICES[reference.is_parameter]
    _, partition, _, _, account, _ = role.split(":", 5)
    region = reference.region or deployed.settings.region
    own = f"arn:{partition}:ssm:{region}:{account}:parameter/{reference.name.removeprefix('/')}"
    arn = reference.source if reference.region else own
    try:
        if not deployed.may(role, action, arn):
            yield problem(
                place,
                f"the policies of the execution role do not allow {action}",
                advice=f"allow it in a policy of {role}",
            )
        elif source:
            yield ok(place, "it exists, and the execution role may read it")
        if source and source.key not in OF_AWS:
            through = {"kms:ViaService": f"{service}.{region}.amazonaws.com"}
            yield _key(deployed, role, reference, source.key, through, f"arn:{partition}:kms:{region}:{account}:key/")
    except ClientError as error:
        yield not_checked(place, reasons.reason(error))


def _key(
    deployed: DeployedEnvironment,
    role: str,
    reference: Reference,
    key: str,
    through: dict[str, str],
    prefix: str,
) -> Finding:
    """Check that the execution role may decrypt with a key, which is an ARN, an id or an alias."""
    place = f"KMS key of {reference.name}"
    if key.startswith("alias/"):
        return not_checked(place, f"the source names the key by its alias {key}")
    arn = key if key.startswith("arn:") else f"{prefix}{key}"
    if deployed.may(role, "kms:Decrypt", arn, through):
        return ok(place, "the policies of the execution role allow kms:Decrypt. The key policy was not checked")
    return problem(
        place,
        f"the policies of the execution role do not allow kms:Decrypt with {arn}",
        advice=f"allow it in a policy of {role}",
    )


def _keys(deployed: DeployedEnvironment, named: list[Reference]) -> Iterator[Finding]:
    """Check that the JSON of a secret has the keys. The answer has the names of the keys, and no value."""
    for reference in named:
        if not reference.json_key:
            continue
        place = f"key {reference.json_key} of {reference.name}"
        try:
            found = deployed.secret_keys(reference)
        except ClientError as error:
            yield not_checked(place, reasons.reason(error))
            continue
        if found is None or reference.json_key not in found:
            what = "the secret is not a JSON object" if found is None else "the JSON of the secret lacks the key"
            yield problem(
                place,
                f"{what}, so {reference.variable} gets no value, and no task can start",
                advice="add the key to the secret, or correct service.secrets",
            )
        else:
            yield ok(place, f"the secret has the key for {reference.variable}")
