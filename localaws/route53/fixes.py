"""What Route 53 does and moto does not."""

from typing import Any

from moto.core.responses import ActionResult
from moto.route53 import models
from moto.route53.responses import Route53 as Response


def zone_ids_begin_with_z() -> None:
    """A hosted zone's id begins with Z; moto's with any letter or digit, so that nobody can check one.

    https://docs.aws.amazon.com/Route53/latest/APIReference/API_HostedZone.html
    """
    make = models.create_route53_zone_id
    models.create_route53_zone_id = lambda *args, **kwargs: f"Z{make(*args, **kwargs)[1:]}"


def gives_what_a_list_always_has() -> None:
    """ListHostedZones has a marker, and GetDNSSEC a list of keys, empty where there is none; moto leaves both out.

    https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListHostedZones.html
    https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetDNSSEC.html
    """
    zones, dnssec = Response.list_hosted_zones, Response.get_dnssec

    def list_hosted_zones(self: Response) -> ActionResult:
        return _with(zones(self), Marker=self._get_param("Marker") or "")

    def get_dnssec(self: Response) -> ActionResult:
        return _with(dnssec(self), KeySigningKeys=[])

    Response.list_hosted_zones, Response.get_dnssec = list_hosted_zones, get_dnssec


def _with(answer: ActionResult, **members: object) -> ActionResult:
    given: Any = answer.result
    return ActionResult({**given, **members})


FIXES = (
    zone_ids_begin_with_z,
    gives_what_a_list_always_has,
)
