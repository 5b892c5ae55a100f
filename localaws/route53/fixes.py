"""What Route 53 does and moto does not."""

from moto.route53 import models


def zone_ids_begin_with_z() -> None:
    """A hosted zone's id begins with Z; moto's with any letter or digit, so that nobody can check one.

    https://docs.aws.amazon.com/Route53/latest/APIReference/API_HostedZone.html
    """
    make = models.create_route53_zone_id
    models.create_route53_zone_id = lambda *args, **kwargs: f"Z{make(*args, **kwargs)[1:]}"


FIXES = (zone_ids_begin_with_z,)
