"""Checks of the service quotas that a new account often reaches.

Quotas with a large default, such as 2,500 security groups, are not checked.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from operations import reasons
from operations.preflight.checks import usage
from operations.preflight.checks.usage import Usage
from operations.preflight.context import Context
from operations.preflight.finding import Finding, not_checked, ok, problem, warning

if TYPE_CHECKING:
    from types_boto3_service_quotas import ServiceQuotasClient

Check = Callable[[Context], Iterator[Finding]]


@dataclass(frozen=True)
class Quota:
    """A service quota of an account in one region."""

    name: str
    service: str
    code: str
    default: int
    count: Callable[[Context], Usage]
    unit: str = ""

    def __call__(self, context: Context) -> Iterator[Finding]:
        """Compare what exists and what the deployment would create with the quota."""
        counted = self.count(context)
        if not counted.missing:
            yield ok(self.place, "the deployment needs nothing more")
            return
        after = counted.used + counted.missing
        told = f"{_text(counted.used)} in use, {_text(counted.missing)} more needed"
        try:
            applied = applied_value(context, self.service, self.code)
        except ClientError as error:
            yield self._by_default(f"{told}{self.unit}", after, reasons.reason(error))
            return
        limit = self.default if applied is None else applied
        told = f"{told}, and the quota is {_text(limit)}{self.unit}"
        if after > limit:
            yield problem(self.place, told, advice=f"{_increase(self.service, self.code, after)}, or free some")
        else:
            yield ok(self.place, told)

    @property
    def place(self) -> str:
        """The quota, in findings."""
        return f"quota {self.name}"

    def _by_default(self, told: str, after: float, reason: str) -> Finding:
        """Return the finding if the quota of this account is unknown: AWS's default may not apply."""
        if after > self.default:
            return warning(
                self.place,
                f"{told}. AWS's default is {_text(self.default)}. The account's quota is unknown, because {reason}",
                advice="find the quota in the console of Service Quotas",
            )
        return not_checked(self.place, f"{reason}. With AWS's default of {_text(self.default)}, there is room ({told})")


QUOTAS = (
    Quota("VPCs per Region", "vpc", "L-F678F1CE", 5, usage.vpcs),
    Quota("EC2-VPC Elastic IPs", "ec2", "L-0263D0A3", 5, usage.addresses),
    Quota("Application Load Balancers per Region", "elasticloadbalancing", "L-53DA6B97", 50, usage.load_balancers),
    Quota("DB instances", "rds", "L-7B6409FD", 40, usage.databases),
    Quota("Total storage for all DB instances", "rds", "L-7ADDB58A", 100_000, usage.storage_gib, " GiB"),
    Quota("Fargate On-Demand vCPU resource count", "fargate", "L-3032A538", 6, usage.fargate_vcpus),
)
"""The quotas, with AWS's names, codes and defaults.

https://docs.aws.amazon.com/general/latest/gr/vpc-service.html,
https://docs.aws.amazon.com/general/latest/gr/ec2-service.html,
https://docs.aws.amazon.com/general/latest/gr/elb.html,
https://docs.aws.amazon.com/general/latest/gr/rds-service.html and
https://docs.aws.amazon.com/general/latest/gr/ecs-service.html
"""

BUILDS_PLACE = "quota of builds"
BUILDS = {
    "EC2": ("Concurrently running builds for Linux/Small environment", "L-9D07B6EF"),
    "LAMBDA": ("Concurrently running builds for Linux Lambda/1GB environment", "L-03FBB1ED"),
}
"""The quota of builds for each value of `build_compute`: https://docs.aws.amazon.com/general/latest/gr/codebuild.html"""


def builds(context: Context) -> Iterator[Finding]:
    """Check that the account may run a build. In some new accounts, this quota is 0.

    The error of such a build is "Cannot have more than 0 builds in queue for the account".
    https://docs.aws.amazon.com/codebuild/latest/userguide/limits.html
    """
    name, code = BUILDS[context.settings.pipeline.build_compute]
    applied = applied_value(context, "codebuild", code)
    if applied == 0:
        yield warning(
            BUILDS_PLACE,
            f'"{name}" is 0, so the Build stage of the pipeline fails, and no push goes live',
            advice=_increase("codebuild", code, 1),
        )
    else:
        limit = "AWS's default" if applied is None else _text(applied)
        yield ok(BUILDS_PLACE, f'"{name}" is {limit}')


def applied_value(context: Context, service: str, code: str) -> float | None:
    """Return the value of a quota in this account and region, or None if AWS's default applies.

    https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html
    """
    quotas: ServiceQuotasClient = context.client("service-quotas")
    try:
        return quotas.get_service_quota(ServiceCode=service, QuotaCode=code)["Quota"]["Value"]
    except quotas.exceptions.NoSuchResourceException:
        return None


def _increase(service: str, code: str, value: float) -> str:
    return (
        f"ask for an increase, which can take days: `aws service-quotas request-service-quota-increase --service-code "
        f"{service} --quota-code {code} --desired-value {value:g}`"
    )


def _text(number: float) -> str:
    return f"{number:,.2f}".rstrip("0").rstrip(".")
