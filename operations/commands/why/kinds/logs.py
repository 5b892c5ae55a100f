"""The log group of the container. A task does not start if it cannot write to its log group."""

from collections.abc import Iterator

from operations.commands.why.case import Case, cause
from operations.commands.why.cause import Cause
from operations.commands.why.kinds.network import NO_CONNECTION


def causes(case: Case) -> Iterator[Cause]:
    """Yield a log group that does not exist.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
    """
    missing = (
        r"(?:log ?stream|log ?group|logging driver|logger)"
        r".*(?:log group does not exist|ResourceNotFound|cannot find the Amazon CloudWatch log group)"
    )
    said = case.said(rf"^(?!.*(?:{NO_CONNECTION})).*{missing}")
    if said:
        revision = case.evidence.revision
        group = revision.logs.group if revision and revision.logs else "of the container"
        text = f"The log group {group} does not exist"
        advice = f"`make apply ENV={case.name}`, after `make diff ENV={case.name}`, creates the log group again"
        yield cause("log-group-missing", text, "certain", advice, said.line)
