"""What AWS Certificate Manager answers, our server too, and moto alone does not."""

from typing import Any

from localaws.acm import fixes
from tests.support.localaws.fixes import Client, case


def _requested_and_validated(client: Client, domain: str) -> tuple[Any, Any]:
    acm, route53 = client("acm"), client("route53")
    arn = acm.request_certificate(DomainName=domain, ValidationMethod="DNS")["CertificateArn"]
    before = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    record = before["DomainValidationOptions"][0]["ResourceRecord"]
    zone = route53.create_hosted_zone(Name=domain, CallerReference=domain)["HostedZone"]["Id"]
    records = {"Name": record["Name"], "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": record["Value"]}]}
    change = {"Action": "CREATE", "ResourceRecordSet": records}
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})
    return before, acm.describe_certificate(CertificateArn=arn)["Certificate"]


@case(fixes.issues_once_the_records_exist, in_aws=["PENDING_VALIDATION", "ISSUED"])
def test_a_certificate_and_its_record(client: Client) -> object:
    return [certificate["Status"] for certificate in _requested_and_validated(client, "app.example.com")]


@case(fixes.says_what_a_key_is_for, in_aws=[[], ["DIGITAL_SIGNATURE", "KEY_ENCIPHERMENT"]])
def test_the_usages_of_a_key(client: Client) -> object:
    certificates = _requested_and_validated(client, "used.example.com")
    return [[usage["Name"] for usage in certificate["KeyUsages"]] for certificate in certificates]
