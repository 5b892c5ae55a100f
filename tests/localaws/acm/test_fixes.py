"""Answers of AWS Certificate Manager that the local AWS gives and moto alone does not."""

from localaws.acm import fixes
from tests.support.localaws.certificates import requested_and_validated
from tests.support.localaws.fixes import Client, case


@case(fixes.issue_validated_certificates, in_aws=["PENDING_VALIDATION", "ISSUED"])
def test_a_certificate_and_its_record(client: Client) -> object:
    return [certificate["Status"] for certificate in requested_and_validated(client, "app.example.com")]


@case(fixes.describe_key_usages, in_aws=[[], ["DIGITAL_SIGNATURE", "KEY_ENCIPHERMENT"]])
def test_the_usages_of_a_key(client: Client) -> object:
    certificates = requested_and_validated(client, "used.example.com")
    return [[usage["Name"] for usage in certificate["KeyUsages"]] for certificate in certificates]


@case(fixes.list_key_usages_by_name, in_aws=["DIGITAL_SIGNATURE", "KEY_ENCIPHERMENT"])
def test_the_usages_of_a_listed_key(client: Client) -> object:
    requested_and_validated(client, "listed.example.com")
    listed = client("acm").list_certificates()["CertificateSummaryList"]
    [usages] = [each["KeyUsages"] for each in listed if each["DomainName"] == "listed.example.com"]
    return usages
