"""The role sessions of STS, by access key id."""

from datetime import timedelta

from botocore.credentials import ReadOnlyCredentials
from moto.core.utils import utcnow
from moto.sts.models import sts_backends

from localaws.admission import known_keys
from localaws.iam.sessions import session_of
from tests.support.localaws.aws_pipeline import ACCOUNT, REGION

ROLE = f"arn:aws:iam::{ACCOUNT}:role/ci/deploy"


def test_a_session_is_found_until_it_expires() -> None:
    """The backend of STS here is one of this process, not of a local AWS."""
    role = sts_backends[ACCOUNT]["aws"].assume_role(REGION, "cli", ROLE, "", 900, "")

    found = session_of(role.access_key_id)

    assert found
    assert (found.role_arn, found.name) == (ROLE, "cli")
    assert found.key == ReadOnlyCredentials(role.access_key_id, role.secret_access_key, role.session_token)
    assert known_keys()(role.access_key_id) == found.key
    role.expiration = utcnow() - timedelta(seconds=1)
    assert session_of(role.access_key_id) is None
    assert known_keys()(role.access_key_id) is None


def test_a_key_that_sts_did_not_issue_has_no_session() -> None:
    assert session_of("AKIAIOSFODNN7EXAMPLE") is None
