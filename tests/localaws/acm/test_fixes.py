"""What AWS Certificate Manager answers, our server too, and moto alone does not."""

from localaws.acm import fixes
from tests.support.localaws.fixes import Client, case


@case(fixes.issues_once_the_records_exist, in_aws=["PENDING_VALIDATION", "ISSUED"])
def test_a_certificate_and_its_record(client: Client) -> object:
    acm, route53 = client("acm"), client("route53")
    arn = acm.request_certificate(DomainName="app.example.com", ValidationMethod="DNS")["CertificateArn"]
    before = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    record = before["DomainValidationOptions"][0]["ResourceRecord"]
    zone = route53.create_hosted_zone(Name="example.com", CallerReference="once")["HostedZone"]["Id"]
    records = {"Name": record["Name"], "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": record["Value"]}]}
    change = {"Action": "CREATE", "ResourceRecordSet": records}
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})
    after = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    return [before["Status"], after["Status"]]
