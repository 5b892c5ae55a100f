"""Answers of Route 53 that the local AWS gives and moto alone does not."""

from localaws.route53 import fixes
from tests.support.localaws.fixes import Client, case


@case(fixes.start_zone_ids_with_z, in_aws={"/hostedzone/Z"})
def test_ids_of_many_zones(client: Client) -> object:
    zones = [
        client("route53").create_hosted_zone(Name=f"zone-{number}.com", CallerReference=str(number))["HostedZone"]
        for number in range(10)
    ]
    return {zone["Id"][: len("/hostedzone/Z")] for zone in zones}


@case(fixes.return_empty_members, in_aws=["", []])
def test_the_marker_of_a_list_and_the_keys_of_a_zone_without_any(client: Client) -> object:
    route53 = client("route53")
    zone = route53.create_hosted_zone(Name="lists.example", CallerReference="lists")["HostedZone"]["Id"]
    return [route53.list_hosted_zones().get("Marker"), route53.get_dnssec(HostedZoneId=zone).get("KeySigningKeys")]
