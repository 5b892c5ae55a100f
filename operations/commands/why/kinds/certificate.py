"""The certificate of the load balancer.

https://docs.aws.amazon.com/acm/latest/userguide/troubleshooting-DNS-validation.html
"""

from collections.abc import Iterator

from operations.commands.why.case import Case, cause
from operations.commands.why.cause import Cause


def causes(case: Case) -> Iterator[Cause]:
    """Yield a certificate that ACM has not issued, or that cannot be used any longer."""
    found = case.evidence.certificate
    if not found or found.status == "ISSUED":
        return
    shown = f"ACM: the status of the certificate of {found.domain} is {found.status}"
    if found.status in ("PENDING_VALIDATION", "VALIDATION_TIMED_OUT"):
        text = f"ACM waits for the validation of {found.domain}; usually the domain is not delegated to its hosted zone"
        if found.status == "VALIDATION_TIMED_OUT":
            text = f"ACM did not find the validation records of {found.domain}; usually the domain is not delegated"
        advice = (
            f"`make preflight ENV={case.name}` compares the delegation with the name servers of the zone "
            f"(`ops outputs {case.name}`). Enter these name servers at the registrar or in the parent zone"
        )
        yield cause("certificate-pending", text, "likely", advice, shown)
    elif found.failure:
        text = f"ACM refused to issue the certificate of {found.domain} ({found.failure})"
        advice = (
            "A CAA record of the domain, or of a domain above it, must allow amazon.com. Correct the record, and run "
            f"`make preflight ENV={case.name}`, then `make deploy ENV={case.name}`"
            if found.failure == "CAA_ERROR"
            else "https://docs.aws.amazon.com/acm/latest/userguide/troubleshooting-failed.html explains the reason"
        )
        yield cause("certificate-refused", text, "certain", advice, f"{shown} ({found.failure})")
    else:
        text = f"The certificate of {found.domain} cannot be used: it is {found.status}"
        advice = f"`make deploy ENV={case.name}` requests a new certificate if Terraform replaces the old one"
        yield cause("certificate-invalid", text, "certain", advice, shown)
