"""Fixes for AWS Certificate Manager where moto answers differently from AWS."""

import math

from moto import settings
from moto.acm.models import AWSCertificateManagerBackend as Backend
from moto.acm.models import CertBundle
from moto.acm.responses import AWSCertificateManagerResponse as Response
from moto.core.responses import ActionResult
from moto.route53.models import route53_backends

from localaws.json_types import JsonObject, json_object


def issue_validated_certificates() -> None:
    """Issue a certificate as soon as Route 53 has the validation records of the certificate.

    moto ignores the records and issues every certificate after a minute.

    https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html
    """
    settings.ACM_VALIDATION_WAIT = math.inf
    get = Backend.get_certificate

    def get_certificate(self: Backend, arn: str) -> CertBundle:
        certificate = get(self, arn)
        in_dns = {
            (record.name, value.rstrip("."))
            for zone in route53_backends[self.account_id][self.partition].zones.values()
            for record in zone.rrsets
            if record.type == "CNAME"
            for value in record.records
        }
        options = certificate.describe()["Certificate"].get("DomainValidationOptions", [])
        required = {(o["ResourceRecord"]["Name"], o["ResourceRecord"]["Value"].rstrip(".")) for o in options}
        if certificate.status == "PENDING_VALIDATION" and required <= in_dns:
            certificate.status = "ISSUED"
        return certificate

    Backend.get_certificate = get_certificate


KEY_USAGES: dict[str, list[dict[str, str]]] = {
    "KeyUsages": [{"Name": "DIGITAL_SIGNATURE"}, {"Name": "KEY_ENCIPHERMENT"}],
    "ExtendedKeyUsages": [
        {"Name": "TLS_WEB_SERVER_AUTHENTICATION", "OID": "1.3.6.1.5.5.7.3.1"},
        {"Name": "TLS_WEB_CLIENT_AUTHENTICATION", "OID": "1.3.6.1.5.5.7.3.2"},
    ],
}


def describe_key_usages() -> None:
    """Return the key usages of an issued certificate, and empty lists for a certificate that is not issued yet.

    moto omits `KeyUsages`, and always returns an empty list as `ExtendedKeyUsages`.

    https://docs.aws.amazon.com/acm/latest/APIReference/API_CertificateDetail.html
    """
    describe = CertBundle.describe

    def describe_with_usages(self: CertBundle) -> JsonObject:
        described = describe(self)
        usages = KEY_USAGES if self.status == "ISSUED" else {"KeyUsages": [], "ExtendedKeyUsages": []}
        described["Certificate"] |= usages
        return described

    CertBundle.describe = describe_with_usages


def list_key_usages_by_name() -> None:
    """Return the key usages in a list of certificates by their names. moto returns the objects of a description.

    https://docs.aws.amazon.com/acm/latest/APIReference/API_CertificateSummary.html
    """
    list_ = Response.list_certificates

    def list_by_name(self: Response) -> ActionResult:
        listed = list_(self)
        summaries = json_object(listed.result)["CertificateSummaryList"]
        usages = [{name: [usage["Name"] for usage in summary[name]] for name in KEY_USAGES} for summary in summaries]
        named = [summary | own for summary, own in zip(summaries, usages, strict=True)]
        return ActionResult({"CertificateSummaryList": named})

    Response.list_certificates = list_by_name


FIXES = (
    issue_validated_certificates,
    describe_key_usages,
    list_key_usages_by_name,
)
