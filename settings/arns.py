"""Types of regions, account ids and ARNs in the partition `aws`.

Other partitions are not supported, because their AWS services have other domain names, or because they have no public
hosted zones:
https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-r53.html and
https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
"""

import re
from typing import Annotated

from pydantic import AfterValidator

from settings.values import NO_DOTS, matching

ACCOUNT_ID = "[0-9]{12}"
REGION = "(?!cn-)[a-z]{2}-[a-z]+-[0-9]"
PART = r"[^:$%\"'\\\x00-\x1f\x7f]*"
# The ARN of a secret may end with a JSON key, a version stage and a version id:
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
SECRET_ARN = rf"arn:aws:secretsmanager:{REGION}:{ACCOUNT_ID}:secret:[A-Za-z0-9/_+=.@-]+(:{PART}:{PART}:{PART})?"
PARAMETER_ARN = rf"arn:aws:ssm:{REGION}:{ACCOUNT_ID}:parameter/[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*"


def _check_secret_arn(arn: str) -> str:
    if not re.fullmatch(f"{SECRET_ARN}|{PARAMETER_ARN}", arn):
        raise ValueError("must be the full ARN of a Secrets Manager secret or of an SSM parameter")
    return arn


Region = Annotated[str, matching(REGION, "a region of the partition aws such as eu-central-1")]
AccountId = Annotated[str, matching(ACCOUNT_ID, "the 12 digits of an AWS account")]
SecretSource = Annotated[str, AfterValidator(_check_secret_arn)]
RoleArn = Annotated[
    str,
    matching(
        rf"arn:aws:iam::{ACCOUNT_ID}:role/{NO_DOTS}([A-Za-z0-9_+=,.@-]+/)*[A-Za-z0-9_+=,.@-]{{1,64}}",
        "the ARN of a role such as arn:aws:iam::123456789012:role/deploy",
    ),
]
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
PrincipalArn = Annotated[
    str,
    matching(
        rf"arn:aws:iam::{ACCOUNT_ID}:(role|user)/{NO_DOTS}([A-Za-z0-9_+=,.@-]+/)*[A-Za-z0-9_+=,.@-]{{1,64}}",
        "the ARN of one IAM role or user such as arn:aws:iam::123456789012:role/operator, without wildcards; not the "
        "ARN of an account, of a session or of a group",
    ),
]
PolicyArn = Annotated[
    str,
    matching(
        rf"arn:aws:iam::({ACCOUNT_ID}|aws):policy/{NO_DOTS}([A-Za-z0-9_+=,.@-]+/)*[A-Za-z0-9_+=,.@-]{{1,128}}",
        "the ARN of a managed policy such as arn:aws:iam::123456789012:policy/boundary",
    ),
]
# A key id is a UUID, or the id of a multi-Region key. Terraform's S3 backend accepts the same two forms.
# https://docs.aws.amazon.com/kms/latest/developerguide/concepts-key-id.html
KEY_ID = "[a-f0-9]{8}-[a-f0-9]{4}-[1-5][a-f0-9]{3}-[89ab][a-f0-9]{3}-[a-f0-9]{12}|mrk-[a-f0-9]{32}"
KeyArn = Annotated[
    str,
    matching(
        rf"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/({KEY_ID})",
        "the ARN of a KMS key such as arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-96ef-1234567890ab",
    ),
]
OidcProviderArn = Annotated[
    str,
    matching(
        rf"arn:aws:iam::{ACCOUNT_ID}:oidc-provider/token\.actions\.githubusercontent\.com",
        "an ARN such as arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
    ),
]
