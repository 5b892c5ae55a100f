"""Secrets and parameters that the container gets as environment variables.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
"""

import re
from collections.abc import Iterator

from operations.commands.why.case import Case, Said, cause
from operations.commands.why.cause import Cause

ARN = r"(?P<arn>arn:aws[\w-]*:(?:secretsmanager|ssm):[^\s,:]+:\d+:[^\s,]+)"


def causes(case: Case) -> Iterator[Cause]:
    """Yield the secrets that a task cannot read because of the secret itself."""
    said = [*_said(case)]
    yield from said
    if not any(each.kind == "secret-missing" for each in said):
        yield from _read(case)


def _read(case: Case) -> Iterator[Cause]:
    """Yield the secrets that do not exist or are deleted, as Secrets Manager describes them."""
    for reference, source in case.evidence.secrets or []:
        if source and not source.deleted:
            continue
        state = "is deleted" if source else "does not exist"
        text = f"The secret {reference.source} {state}"
        restore = f"`aws secretsmanager restore-secret --secret-id {reference.source}`"
        advice = (
            f"Restore the secret: {restore}. {case.again}"
            if source
            else f"Create the secret, or correct {case.name}.service.secrets"
        )
        shown = f"Secrets Manager: the secret of the variable {reference.variable} {state}"
        yield cause("secret-missing", text, "certain", advice, shown)


def _said(case: Case) -> Iterator[Cause]:
    """Yield the secrets that AWS names in the reason of a task."""
    if said := case.said(
        rf"{ARN}.*?did not contain json key (?P<key>[\w.-]+)",
        r"did not contain json key (?P<key>[\w.-]+)",
        rf"{ARN}.*?has no JSON key (?P<key>[\w.-]+)",
    ):
        secret = _secret(case, said)
        text = f"The secret {secret} has no JSON key {said['key'].rstrip('.')}"
        advice = (
            f"Add the key {said['key'].rstrip('.')} to the value of the secret, or name another key in "
            f"{case.name}.service.secrets. {case.again}"
        )
        yield cause("secret-key-missing", text, "certain", advice, said.line)
    elif said := case.said(
        rf"{ARN}?.*invalid character .* looking for beginning of value", r"invalid character .* looking for"
    ):
        text = f"The value of the secret {_secret(case, said)} is not JSON, but the task needs a JSON key of the secret"
        advice = "Write the value of the secret as a JSON object, or remove the key from the ARN of the secret"
        yield cause("secret-not-json", text, "certain", advice, said.line)
    elif said := case.said(r"secret.*marked for deletion|marked deleted|scheduled for deletion"):
        secret = _secret(case, said)
        advice = f"Restore the secret: `aws secretsmanager restore-secret --secret-id {secret}`. {case.again}"
        yield cause("secret-missing", f"The secret {secret} is deleted", "certain", advice, said.line)
    elif said := case.said(r"can't find the specified secret value(?: for staging label:? (?P<label>\w+))?"):
        secret = _secret(case, said)
        label = said["label"] or "AWSCURRENT"
        text = f"The secret {secret} has no value" + (f" with the label {label}" if label != "AWSCURRENT" else "")
        advice = f"Write a value: `aws secretsmanager put-secret-value --secret-id {secret} --secret-string VALUE`"
        yield cause("secret-empty", text, "certain", advice, said.line)
    elif said := case.said(
        r"can't find the specified secret",
        r"check whether the secret exists",
        r"ResourceNotFoundException(?!.*log group)(?=.*secret)",
        r"^(?!.*CannotPull).*secret.*not found",
    ):
        secret = _secret(case, said)
        advice = (
            f"If somebody has deleted the secret, restore it: `aws secretsmanager restore-secret --secret-id {secret}`."
            f" Otherwise create it, or correct its ARN in {case.name}.service.secrets"
        )
        yield cause("secret-missing", f"The secret {secret} does not exist", "certain", advice, said.line)
    elif said := case.said(
        r"invalid ssm parameters: (?P<arn>[\w./:-]+)",
        r"parameter does not exist: (?P<arn>[\w./:-]+)",
        r"ParameterNotFound|check whether the parameter exists",
    ):
        text = f"The SSM parameter {said['arn'] or 'of a variable'} does not exist"
        advice = f"Create the parameter, or correct its ARN in {case.name}.service.secrets"
        yield cause("parameter-missing", text, "certain", advice, said.line)


def _secret(case: Case, said: Said) -> str:
    """Return the ARN of the secret in a text, without the JSON key. If the text has none, the only secret counts."""
    named = re.search(ARN, said.line)
    arn = said["arn"] or (named["arn"] if named else "")
    secrets = {*case.evidence.revision.secrets.values()} if case.evidence.revision else set()
    if not arn and len(secrets) == 1:
        [arn] = secrets
    return ":".join(arn.rstrip(".,;'\"").split(":")[:7]) or "of a variable"
