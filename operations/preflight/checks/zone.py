"""Zone: the hosted zone of the domain in Route 53, and the certificate of the domain in ACM."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from operations.preflight.context import Context
from operations.preflight.finding import Finding, problem
from operations.system import certificate

if TYPE_CHECKING:
    from types_boto3_route53 import Route53Client
    from types_boto3_route53.type_defs import HostedZoneTypeDef

PLACE = "domain"


@dataclass(frozen=True)
class Zone:
    """A public hosted zone."""

    id: str
    name: str
    name_servers: frozenset[str]


def find(context: Context) -> Zone | Finding:
    """Return the zone of the environment, or the finding that explains why there is none.

    https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListHostedZonesByName.html
    """
    existing = context.settings.hosted_zone_id
    return _existing(context, existing) if existing else _own(context)


def certificate_is_issued(context: Context) -> bool:
    """Return whether ACM has issued the certificate of the environment."""
    return next(certificate.arns(context.client("acm"), context.settings, statuses=["ISSUED"]), None) is not None


def _existing(context: Context, zone_id: str) -> Zone | Finding:
    settings, route53 = context.settings, _route53(context)
    setting = f"{settings.environment}.hosted_zone_id"
    advice = f"set {setting} to a public zone of {settings.domain} or of a parent domain, or remove the setting"
    try:
        zone = route53.get_hosted_zone(Id=zone_id)["HostedZone"]
    except route53.exceptions.NoSuchHostedZone:
        return problem(PLACE, f"{setting}: the account has no hosted zone {zone_id}", advice=advice)
    name = _name(zone)
    if zone.get("Config", {}).get("PrivateZone"):
        return problem(PLACE, f"{setting}: must be a public zone, but {zone_id} ({name}) is private", advice=advice)
    if not f".{settings.domain}".endswith(f".{name}"):
        text = f"{setting}: must be a zone of {settings.domain} or above it, but {zone_id} is the zone of {name}"
        return problem(PLACE, text, advice=advice)
    return _zone(context, zone)


def _own(context: Context) -> Zone | Finding:
    """Return the zone that the DNS stack has created. The tags distinguish it from other zones of the same name."""
    settings, route53 = context.settings, _route53(context)
    environment, domain = settings.environment, settings.domain
    listed = route53.list_hosted_zones_by_name(DNSName=domain)["HostedZones"]
    named = [zone for zone in listed if _name(zone) == domain and not zone.get("Config", {}).get("PrivateZone")]
    for zone in named:
        tags = route53.list_tags_for_resource(ResourceType="hostedzone", ResourceId=_id(zone))["ResourceTagSet"]
        if context.owns(tags["Tags"]):
            return _zone(context, zone)
    deploy = (
        f"run `cdktf deploy {settings.stacks.dns}`, delegate the domain to the name servers that it prints, and run "
        "this command again"
    )
    if named:
        first = _id(named[0])
        return problem(
            PLACE,
            f"the account has a hosted zone of {domain} already ({first}), and {settings.stacks.dns} would create a "
            "second one with other name servers",
            advice=f'to use the existing zone, set {environment}.hosted_zone_id = "{first}". Otherwise {deploy}',
        )
    return problem(
        PLACE,
        f"the hosted zone of {domain} does not exist yet, so the domain cannot be delegated to it. ACM would wait for "
        "the certificate in vain, and the deployment would fail after 15 minutes",
        advice=deploy,
    )


def _zone(context: Context, zone: "HostedZoneTypeDef") -> Zone:
    answer = _route53(context).get_hosted_zone(Id=_id(zone))
    name_servers = answer["DelegationSet"]["NameServers"]
    return Zone(_id(zone), _name(zone), frozenset(server.rstrip(".").lower() for server in name_servers))


def _name(zone: "HostedZoneTypeDef") -> str:
    return zone["Name"].rstrip(".")


def _id(zone: "HostedZoneTypeDef") -> str:
    return zone["Id"].removeprefix("/hostedzone/")


def _route53(context: Context) -> "Route53Client":
    client: Route53Client = context.client("route53")
    return client
