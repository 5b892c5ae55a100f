"""The role sessions of STS, by access key id."""

from datetime import timedelta

from botocore.credentials import ReadOnlyCredentials
from moto.core.utils import utcnow
from moto.sts.models import sts_backends

from localaws.admission import known_keys
from localaws.iam.sessions import Session, session_of
from tests.support.localaws.aws_pipeline import ACCOUNT, REGION

ROLE = f"arn:aws:iam::{ACCOUNT}:role/ci/deploy"


def test_the_key_of_a_session_is_known_until_the_session_expires() -> None:
    """The backend of STS here is one of this process, not of a local AWS.

    An expired session is found, so that its request never counts as a request of the administrator.
    """
    role = sts_backends[ACCOUNT]["aws"].assume_role(REGION, "cli", ROLE, "", 900, "")
    key = ReadOnlyCredentials(role.access_key_id, role.secret_access_key, role.session_token)

    assert session_of(role.access_key_id) == Session(ROLE, "cli", key, role.expiration)
    assert known_keys()(role.access_key_id) == key
    role.expiration = utcnow() - timedelta(seconds=1)
    assert session_of(role.access_key_id) == Session(ROLE, "cli", key, role.expiration)
    assert known_keys()(role.access_key_id) is None


def test_a_key_that_sts_did_not_issue_has_no_session() -> None:
    assert session_of("AKIAIOSFODNN7EXAMPLE") is None
