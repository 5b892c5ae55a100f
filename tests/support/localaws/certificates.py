"""Certificates of a local AWS, or of moto alone."""

from typing import Any

from tests.support.localaws.fixes import Client


def requested_and_validated(client: Client, domain: str, **request: Any) -> tuple[Any, Any]:
    """Request a certificate, create its records, and return the certificate before and after that.

    `request` has further members of the request.
    """
    acm, route53 = client("acm"), client("route53")
    arn = acm.request_certificate(DomainName=domain, ValidationMethod="DNS", **request)["CertificateArn"]
    before = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    record = before["DomainValidationOptions"][0]["ResourceRecord"]
    zone = route53.create_hosted_zone(Name=domain, CallerReference=domain)["HostedZone"]["Id"]
    records = {"Name": record["Name"], "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": record["Value"]}]}
    change = {"Action": "CREATE", "ResourceRecordSet": records}
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})
    return before, acm.describe_certificate(CertificateArn=arn)["Certificate"]
