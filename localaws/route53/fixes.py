"""Fixes for Route 53 where moto answers differently from AWS."""

from moto.core.responses import ActionResult
from moto.route53 import models
from moto.route53.responses import Route53 as Response

from localaws.json_types import json_object


def start_zone_ids_with_z() -> None:
    """Start the id of each hosted zone with Z.

    moto starts the id with any letter or digit. A caller that validates ids would refuse such an id.

    https://docs.aws.amazon.com/Route53/latest/APIReference/API_HostedZone.html
    """
    create = models.create_route53_zone_id
    models.create_route53_zone_id = lambda *args, **kwargs: f"Z{create(*args, **kwargs)[1:]}"


def return_empty_members() -> None:
    """Add `Marker` to the answer of ListHostedZones, and an empty list `KeySigningKeys` to the answer of GetDNSSEC.

    moto omits both members.

    https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListHostedZones.html
    https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetDNSSEC.html
    """
    zones, dnssec = Response.list_hosted_zones, Response.get_dnssec

    def list_hosted_zones(self: Response) -> ActionResult:
        return ActionResult({**json_object(zones(self).result), "Marker": self._get_param("Marker") or ""})

    def get_dnssec(self: Response) -> ActionResult:
        return ActionResult({**json_object(dnssec(self).result), "KeySigningKeys": []})

    Response.list_hosted_zones, Response.get_dnssec = list_hosted_zones, get_dnssec


FIXES = (
    start_zone_ids_with_z,
    return_empty_members,
)
