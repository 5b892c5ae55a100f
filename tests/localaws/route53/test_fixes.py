"""What Route 53 answers, our server too, and moto alone does not."""

from localaws.route53 import fixes
from tests.support.localaws.fixes import Client, case


@case(fixes.zone_ids_begin_with_z, in_aws={"/hostedzone/Z"})
def test_ids_of_many_zones(client: Client) -> object:
    zones = [
        client("route53").create_hosted_zone(Name=f"zone-{number}.com", CallerReference=str(number))["HostedZone"]
        for number in range(10)
    ]
    return {zone["Id"][: len("/hostedzone/Z")] for zone in zones}
