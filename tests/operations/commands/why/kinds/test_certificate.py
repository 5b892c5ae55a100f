"""Tests of a certificate that is not issued."""

from operations.commands.why.cause import Cause
from operations.system.certificate import Certificate
from tests.support.ops.incidents import causes, evidence


def of(status: str) -> Cause:
    """Return the first cause for a status of the certificate."""
    return causes(evidence(certificate=Certificate("shop.example.com", status, None)))[0]


def test_a_domain_that_is_not_delegated_is_likely() -> None:
    for status in ("PENDING_VALIDATION", "VALIDATION_TIMED_OUT"):
        assert (of(status).kind, of(status).certainty) == ("certificate-pending", "likely")
        assert "make preflight ENV=dev" in of(status).advice


def test_an_expired_certificate_is_certain() -> None:
    assert (of("EXPIRED").kind, of("EXPIRED").certainty) == ("certificate-invalid", "certain")


def test_a_refused_certificate_names_the_reason() -> None:
    found = Certificate("shop.example.com", "FAILED", None, "CAA_ERROR")
    first = causes(evidence(certificate=found))[0]

    assert (first.kind, first.certainty) == ("certificate-refused", "certain")
    assert first.advice.startswith("A CAA record of the domain")
