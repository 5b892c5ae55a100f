"""Check of the region: whether it exists, and whether it is enabled in the account."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from operations.preflight.context import Context
from operations.preflight.finding import Finding, ok, problem

if TYPE_CHECKING:
    from types_boto3_ec2 import EC2Client

PLACE = "region"

ALWAYS_ENABLED = "us-east-1"
"""A region that is enabled in every account. A region that is not enabled accepts no credentials.

https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
"""


def check(context: Context) -> Iterator[Finding]:
    """Look for the region among all regions, also those that are not enabled.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html
    """
    region, environment = context.settings.region, context.settings.environment
    ec2: EC2Client = context.client("ec2", region=ALWAYS_ENABLED)
    status = {each["RegionName"]: each["OptInStatus"] for each in ec2.describe_regions(AllRegions=True)["Regions"]}
    if region not in status:
        yield problem(
            PLACE,
            f"{environment}.region: AWS has no region {region} for this account",
            advice=f"set {environment}.region to one of {', '.join(sorted(status))}",
        )
    elif status[region] == "not-opted-in":
        yield problem(
            PLACE,
            f"{environment}.region: {region} is not enabled in the account",
            advice="enable the region in the AWS console (Account, AWS Regions), or with "
            f"`aws account enable-region --region-name {region}`, and wait until it is enabled",
        )
    else:
        yield ok(PLACE, f"{region} is enabled in the account")
