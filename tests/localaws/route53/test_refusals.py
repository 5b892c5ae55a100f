"""Requests that Route 53 and the local AWS refuse and moto alone accepts."""

from localaws.route53 import refusals
from tests.support.localaws.fixes import Client, case, refusal


@case(refusals.refuse_reused_caller_references, in_aws=["", "HostedZoneAlreadyExists"])
def test_two_zones_with_one_reference(client: Client) -> object:
    create = client("route53").create_hosted_zone
    return [
        refusal(create, Name=name, CallerReference="reference").partition(":")[0]
        for name in ("first.example", "second.example")
    ]


@case(
    refusals.refuse_conflicting_cnames,
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
