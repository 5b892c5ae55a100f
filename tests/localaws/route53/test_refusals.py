"""What Route 53 refuses, our server too, and moto alone does not."""

from localaws.route53 import refusals
from tests.support.localaws.fixes import Client, case, refusal


@case(refusals.a_zone_with_a_reference_that_is_taken, in_aws=["", "HostedZoneAlreadyExists"])
def test_two_zones_with_one_reference(client: Client) -> object:
    create = client("route53").create_hosted_zone
    return [
        refusal(create, Name=name, CallerReference="reference").partition(":")[0]
        for name in ("first.example", "second.example")
    ]


@case(
    refusals.a_cname_beside_other_records,
    in_aws=[
        (
            "InvalidChangeBatch: RRSet of type CNAME with DNS name names.example. is not permitted at apex in zone "
            "names.example."
        ),
        "",
        "",
        (
            "InvalidChangeBatch: RRSet of type CNAME with DNS name www.names.example. is not permitted as it conflicts "
            "with other records with the same DNS name in zone names.example."
        ),
    ],
)
def test_cnames_at_the_apex_alone_and_beside_an_address(client: Client) -> object:
    route53 = client("route53")
    zone = route53.create_hosted_zone(Name="names.example", CallerReference="names")["HostedZone"]["Id"]

    def created(name: str, type_: str, value: str) -> str:
        record = {"Name": name, "Type": type_, "TTL": 60, "ResourceRecords": [{"Value": value}]}
        batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
        return refusal(route53.change_resource_record_sets, HostedZoneId=zone, ChangeBatch=batch)

    return [
        created("names.example", "CNAME", "other.example"),
        created("alias.names.example", "CNAME", "other.example"),
        created("www.names.example", "A", "192.0.2.1"),
        created("www.names.example", "CNAME", "other.example"),
    ]
