"""Types of single settings, with the rules that depend on no other setting."""

import ipaddress
import re
from collections.abc import Collection
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

KEPT_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
"""The retention periods, in days, that CloudWatch Logs accepts.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
"""

UNUSABLE = [ipaddress.IPv4Network(block) for block in ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3")]
"""Address blocks that hosts cannot use: "this network", loopback, link-local, multicast and reserved addresses.

https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
"""

RESERVED_BUCKET_PREFIXES = ("amzn-s3-demo-", "sthree-", "xn--")
RESERVED_BUCKET_SUFFIXES = ("--ol-s3", "--table-s3", "--x-s3", "-s3alias")
"""Prefixes and suffixes that S3 reserves: no bucket's name can have them.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
"""

_RESERVED_DATABASE_NAMES = """
all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation column
concurrently constraint create cross current_catalog current_date current_role current_schema current_time
current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze from
full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit
localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references
returning right select session_user similar some symmetric system_user table tablesample then to trailing true union
unique user using variadic verbose when where window with database db rdsadmin template0 template1
"""
RESERVED_DATABASE_NAMES = frozenset(_RESERVED_DATABASE_NAMES.split())
"""Reserved words of PostgreSQL 16, names of databases that every instance has, and other names that RDS has refused.

https://www.postgresql.org/docs/16/sql-keywords-appendix.html and
https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
"""


def _check_domain(value: str) -> str:
    label = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
    # ACM accepts at most 64 octets for the domain name of a certificate:
    # https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
    if len(value) > 64 or not re.fullmatch(rf"({label}\.)+([a-z]{{2,63}}|xn--[a-z0-9-]{{0,58}}[a-z0-9])", value):
        raise ValueError("must be a lowercase domain name with at least one dot, at most 64 characters")
    return value


def _check_cidr(value: str) -> str:
    try:
        network = ipaddress.IPv4Network(value)
    except ValueError as error:
        raise ValueError(f"must be an IPv4 block such as 10.0.0.0/16 ({error})") from None
    # The network divides the block into 16 subnets, and a load balancer needs subnets of /27 or larger:
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#subnets-load-balancer
    if not 16 <= network.prefixlen <= 23:
        raise ValueError("must be between /16 and /23")
    if value != str(network):
        raise ValueError(f"must be written as {network}")
    if unusable := [str(block) for block in UNUSABLE if network.overlaps(block)]:
        raise ValueError(f"must not overlap {unusable[0]}, which hosts cannot use")
    return value


def _check_bucket_affixes(name: str) -> str:
    if name.startswith(RESERVED_BUCKET_PREFIXES) or name.endswith(RESERVED_BUCKET_SUFFIXES):
        reserved = ", ".join(RESERVED_BUCKET_PREFIXES + RESERVED_BUCKET_SUFFIXES)
        raise ValueError(f"must not use a prefix or suffix that S3 reserves ({reserved})")
    return name


def _check_database_name_unreserved(name: str) -> str:
    if name.lower() in RESERVED_DATABASE_NAMES:
        raise ValueError("must not be a name that PostgreSQL or RDS reserves")
    return name


def check_literal(value: str) -> str:
    """Return the text. Refuse parts that Terraform or cdktf would replace, and control characters."""
    # https://developer.hashicorp.com/terraform/language/expressions/strings#string-templates
    if "${" in value or "%{" in value:
        raise ValueError("must not contain ${ or %{, which Terraform reads as a template")
    if "TfToken[" in value:
        raise ValueError("must not contain TfToken[, which cdktf reads as a reference")
    if control := re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", value):
        raise ValueError(f"must not contain control characters other than tabs and line breaks, got {control[0]!r}")
    return value


def one_of(values: Collection[int]) -> AfterValidator:
    """Return a validator that accepts only the given values."""

    def check(value: int) -> int:
        if value not in values:
            raise ValueError(f"must be one of {', '.join(map(str, values))}")
        return value

    return AfterValidator(check)


def matching(pattern: str, words: str) -> AfterValidator:
    """Return a validator that accepts a text only if the pattern matches the whole text.

    Args:
        pattern: A regular expression.
        words: The description of a valid value. The error is "must be", followed by these words.
    """

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"must be {words}")
        return value

    return AfterValidator(check)


NO_DOTS = r"(?!(.*/)?\.{1,2}(/|$))"
"""The beginning of a pattern for paths. It refuses a path with a part `.` or `..`."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
Domain = Annotated[str, AfterValidator(_check_domain)]
Cidr = Annotated[str, AfterValidator(_check_cidr)]
Text = Annotated[str, AfterValidator(check_literal)]
RetentionDays = Annotated[int, one_of(KEPT_DAYS)]
ZoneId = Annotated[str, matching("Z[A-Z0-9]{1,31}", "the id of a hosted zone such as Z0123456789ABCDEFGHIJ")]
# TLS connections to a bucket with a dot in its name fail, because S3's certificate does not match:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
BucketName = Annotated[
    str,
    matching(
        "[a-z0-9][a-z0-9-]{1,61}[a-z0-9]",
        "3 to 63 lowercase letters, digits and hyphens, without a hyphen at the start or end",
    ),
    AfterValidator(_check_bucket_affixes),
]
# The prefix is part of the policies of the ci stack's roles, and IAM limits the size of a policy.
KeyPrefix = Annotated[
    str,
    matching(
        rf"(?=.{{1,256}}$){NO_DOTS}[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*",
        "at most 256 letters, digits, dots, hyphens, underscores and slashes, without a slash at the start or end and "
        'without the path segments "." and ".."',
    ),
]
Port = Annotated[int, Field(ge=1, le=65535)]
# https://docs.aws.amazon.com/AmazonRDS/latest/PostgreSQLReleaseNotes/postgresql-versions.html
EngineVersion = Annotated[int, one_of((16, 17, 18))]
DatabaseName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,62}$"), AfterValidator(_check_database_name_unreserved)
]
InstanceClass = Annotated[str, StringConstraints(pattern=r"^db\.[a-z0-9]+\.[a-z0-9]+$")]
# GitHub's tokens also have numeric ids if the repository was created or renamed since 2026-07-15, or has opted in:
# https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims
OWNER, REPOSITORY_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})", r"(?!\.{1,2}(?:@|$))[A-Za-z0-9._-]{1,100}"
REPOSITORY = f"{OWNER}/{REPOSITORY_NAME}|{OWNER}@[0-9]+/{REPOSITORY_NAME}@[0-9]+"
Repository = Annotated[
    str, matching(REPOSITORY, "a GitHub repository as its tokens name it: owner/name or owner@id/name@id")
]
# https://git-scm.com/docs/git-check-ref-format
Branch = Annotated[
    str,
    matching(
        r"(?!refs/|-)(?!.*(\.\.|\.lock(/|$)|\.$|(^|/)\.))[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*",
        "a branch name such as main: letters, digits, dots, hyphens, underscores and slashes, without refs/heads/ and "
        "without a hyphen at the start",
    ),
]
