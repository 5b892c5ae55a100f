"""Checks of the domain: its delegation, and the CAA records, as the public DNS answers them.

ACM validates the certificate by a DNS record in the hosted zone. If the public DNS does not lead to this zone, the
deployment waits for 15 minutes and fails.

https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-routing-traffic-for-subdomains.html
"""

from collections.abc import Iterable, Iterator

from botocore.exceptions import ClientError
from dns.exception import DNSException

from operations import reasons
from operations.preflight.checks import zone
from operations.preflight.checks.public_dns import Delegation, PublicDns
from operations.preflight.checks.zone import Zone
from operations.preflight.context import Context
from operations.preflight.finding import Finding, not_checked, ok, problem, warning

PLACE, CERTIFICATE = zone.PLACE, "certificate"
FAILS = "ACM would wait for the certificate in vain, and the deployment would fail after 15 minutes"
IS_UNCERTAIN = "If this answer is neither old nor that of a private zone, the deployment would fail after 15 minutes"
IS_ISSUED = "The deployment works, because the certificate is issued already, but ACM cannot renew it"


def delegation(context: Context) -> Iterator[Finding]:
    """Compare the name servers of the hosted zone with those to which the public DNS delegates the domain."""
    public_dns = _public_dns(context, PLACE)
    if isinstance(public_dns, Finding):
        yield public_dns
        return
    found = zone.find(context)
    if isinstance(found, Finding):
        yield found
        return
    public = public_dns.delegation(found.name)
    fault = None if _has_own_names(public_dns, public, found) else _fault(public, found, context)
    fault = fault or _cut(public_dns, found, context)
    yield fault or ok(PLACE, f"the public DNS delegates {found.name} to the hosted zone {found.id}")


def caa(context: Context) -> Iterator[Finding]:
    """Look for CAA records that forbid Amazon to issue the certificate.

    https://docs.aws.amazon.com/acm/latest/userguide/setup-caa.html
    """
    domain, public_dns = context.settings.domain, _public_dns(context, CERTIFICATE)
    if isinstance(public_dns, Finding):
        yield public_dns
        return
    forbidding = public_dns.forbidding_caa(domain)
    if not forbidding:
        yield ok(CERTIFICATE, f"no CAA record forbids Amazon to issue a certificate for {domain}")
        return
    name, allowed = forbidding
    yield _severe(
        context,
        CERTIFICATE,
        f"the CAA records of {name} allow {f'only {_list(allowed)}' if allowed else 'nobody'} to issue certificates",
        fails="ACM would fail to issue the certificate, and with it the deployment",
        advice=f'add the record `0 issue "amazon.com"` to the CAA records of {name}',
    )


def _has_own_names(public_dns: PublicDns, public: Delegation, own: Zone) -> bool:
    """Return whether a domain is delegated to the name servers of its zone under other names.

    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/white-label-name-servers.html
    """
    if not public.name_servers - own.name_servers:
        return False
    try:
        return public_dns.addresses(public.name_servers) <= public_dns.addresses(own.name_servers)
    except DNSException:
        return False


def _fault(public: Delegation, own: Zone, context: Context) -> Finding | None:
    """Return what is wrong with the delegation of a zone, or None."""
    others, missing = public.name_servers - own.name_servers, own.name_servers - public.name_servers
    wanted = _list(own.name_servers)
    registered = "." not in public.parent
    at_registrar = f"at the registrar of {own.name}, replace its name servers with {wanted}"
    if not public.name_servers:
        text = f"{own.name} is not delegated, according to {public.source}"
        advice = f"in the zone of {public.parent}, add one NS record set for {own.name} with {wanted}"
        return _severe(context, PLACE, text, advice=at_registrar if registered else advice, certain=public.is_certain)
    advice = f"in the zone of {public.parent}, replace the NS record set of {own.name} with {wanted}"
    advice = at_registrar if registered else advice
    if others:
        some = "also to name servers that are" if public.name_servers & own.name_servers else "to name servers that are"
        text = f"{own.name} is delegated {some} not those of the hosted zone {own.id}: {_list(others)}"
        text = f"{text} (according to {public.source})"
        return _severe(context, PLACE, text, advice=advice, certain=public.is_certain)
    if missing:
        text = f"{own.name} is delegated to only {len(public.name_servers)} of the {len(own.name_servers)} name servers"
        return warning(PLACE, f"{text} of its hosted zone, according to {public.source}", advice=advice)
    return None


def _cut(public_dns: PublicDns, own: Zone, context: Context) -> Finding | None:
    """Return a fault if another zone has the domain, below the zone of the environment."""
    domain = context.settings.domain
    if own.name == domain:
        return None
    apex = public_dns.apex(domain)
    if not apex.endswith(f".{own.name}"):
        return None
    public = public_dns.delegation(apex)
    if not public.name_servers:
        return None  # a private zone, which only this machine sees
    text = f"{domain} belongs to the zone of {apex}, to which the hosted zone {own.id} ({own.name}) delegates"
    advice = f"set {context.settings.environment}.hosted_zone_id to the zone of {apex}"
    return _severe(context, PLACE, text, advice=advice, certain=public.is_certain)


def _severe(
    context: Context, place: str, text: str, *, advice: str, fails: str = FAILS, certain: bool = True
) -> Finding:
    """Return a problem, or a warning if the certificate is issued already, or if that or the fault is uncertain."""
    try:
        issued = zone.certificate_is_issued(context)
    except ClientError as error:
        unless = f"unless the certificate is issued already. This is unknown, because {reasons.reason(error)}"
        return warning(place, f"{text}. {fails}, {unless}", advice=advice)
    if issued:
        return warning(place, f"{text}. {IS_ISSUED}", advice=advice)
    if not certain:
        return warning(place, f"{text}. {IS_UNCERTAIN}", advice=advice)
    return problem(place, f"{text}. {fails}", advice=advice)


def _public_dns(context: Context, place: str) -> PublicDns | Finding:
    """Return the public DNS. It does not know the zones of a local AWS."""
    if context.public_dns:
        return context.public_dns
    if endpoint := context.other_endpoint("route53"):
        return not_checked(place, f"{endpoint} is not AWS, and the public DNS does not know the zones there")
    return PublicDns()


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
