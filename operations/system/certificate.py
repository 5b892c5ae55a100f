"""The certificate of an environment, as ACM describes it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from settings import Settings

if TYPE_CHECKING:
    from types_boto3_acm import ACMClient
    from types_boto3_acm.literals import CertificateStatusType

STATUSES: "tuple[CertificateStatusType, ...]" = (
    "ISSUED",
    "PENDING_VALIDATION",
    "EXPIRED",
    "FAILED",
    "INACTIVE",
    "REVOKED",
    "VALIDATION_TIMED_OUT",
)
"""All statuses. If the account has several certificates of the environment, the one with the first status counts.

https://docs.aws.amazon.com/acm/latest/APIReference/API_CertificateDetail.html
"""


@dataclass(frozen=True)
class Certificate:
    """A certificate."""

    domain: str
    status: str
    expires: datetime | None
    """When the certificate expires. None if ACM has not issued it."""
    failure: str = ""
    """Why the request for the certificate has failed, such as `CAA_ERROR`. Empty if it has not failed."""


def owns(settings: Settings, tags: Iterable[Mapping[str, object]]) -> bool:
    """Return whether a resource with these tags belongs to an environment.

    Args:
        settings: The settings of the environment.
        tags: The keys and values of the tags, as AWS's APIs return them.
    """
    found = {tag["Key"]: tag.get("Value") for tag in tags}
    return found.get("app") == settings.app and found.get("environment") == settings.environment


def arns(acm: "ACMClient", settings: Settings, *, statuses: "Iterable[CertificateStatusType]") -> Iterator[str]:
    """Yield the ARNs of the certificates of the environment that have one of the statuses.

    https://docs.aws.amazon.com/acm/latest/APIReference/API_ListCertificates.html
    """
    for page in acm.get_paginator("list_certificates").paginate(CertificateStatuses=[*statuses]):
        for found in page["CertificateSummaryList"]:
            arn = found["CertificateArn"]
            if found["DomainName"] != settings.domain:
                continue
            if owns(settings, acm.list_tags_for_certificate(CertificateArn=arn)["Tags"]):
                yield arn


def find(acm: "ACMClient", settings: Settings) -> Certificate | None:
    """Return the certificate of the environment, or None if it does not exist.

    https://docs.aws.amazon.com/acm/latest/APIReference/API_DescribeCertificate.html
    """
    described = [
        acm.describe_certificate(CertificateArn=arn)["Certificate"] for arn in arns(acm, settings, statuses=STATUSES)
    ]
    if not described:
        return None
    found = min(described, key=lambda each: STATUSES.index(each["Status"]))
    return Certificate(found["DomainName"], found["Status"], found.get("NotAfter"), found.get("FailureReason", ""))
