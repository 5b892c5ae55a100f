"""The events of Secrets Manager that the local AWS has delivered."""

from typing import Any

from rehearsal.system import wait_for_delivery
from tests.support.localaws.aws_pipeline import TIMEOUT_SECONDS, clients


def told(arn: str) -> list[dict[str, Any]]:
    """Return the events of a secret so far, after waiting for a later event of another secret."""
    secrets = clients().client("secretsmanager")
    last = secrets.create_secret(Name=f"last-{len(clients().deliveries())}", SecretString="old")["ARN"]
    secrets.put_secret_value(SecretId=last, SecretString="new")
    wait_for_delivery(clients().local, lambda event: event["resources"] == [last], TIMEOUT_SECONDS)
    events = [delivery["event"] for delivery in clients().deliveries()]
    return [event for event in events if event["resources"] == [arn]]
