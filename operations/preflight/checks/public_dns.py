"""PublicDns: the delegation and the CAA records of a domain, as the public DNS answers them.

A delegation is read from the name servers of the parent zone. Resolvers keep old answers for the TTL of the records,
often for two days. In a company or a VPC, a resolver can also answer from a private zone of the same name. The resolver
of this machine is asked only if no name server of the parent zone answers, for example behind a firewall.
"""

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.resolver
from dns.name import Name
from dns.rdtypes.ANY.CAA import CAA

QUERY_SECONDS = 2.0
LIFETIME_SECONDS = 6.0
"""The time for one query to a name server, and for one question to the resolver with all its retries."""

MOST_SERVERS = 3
"""The name servers of a parent zone that are asked one after the other."""

INTERNAL = [ipaddress.ip_network(each) for each in ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")]
"""The addresses that no name server of the public DNS has.

https://www.rfc-editor.org/rfc/rfc1918#section-3, https://www.rfc-editor.org/rfc/rfc6598#section-7
"""

AMAZON = {"amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"}
"""The certificate authorities of ACM: https://docs.aws.amazon.com/acm/latest/userguide/setup-caa.html"""


@dataclass(frozen=True)
class Delegation:
    """The name servers to which a parent zone delegates a zone."""

    name_servers: frozenset[str]
    """Empty if the zone is not delegated."""
    parent: str
    source: str
    """Who gave the answer, for messages."""
    is_certain: bool
    """Whether the name servers of the parent zone gave the answer. Another answer can be old."""


class PublicDns:
    """The public DNS.

    Args:
        resolver: Answers questions. By default, the resolver of this machine.
        port: The port of the name servers.

    Raises:
        DNSException: The machine has no resolver.
    """

    def __init__(self, resolver: dns.resolver.Resolver | None = None, *, port: int = 53) -> None:
        self._resolver = resolver or dns.resolver.Resolver()
        self._resolver.lifetime = LIFETIME_SECONDS
        self._port = port

    def delegation(self, zone: str) -> Delegation:
        """Return the delegation of a zone.

        https://www.rfc-editor.org/rfc/rfc1034#section-4.3.2

        Raises:
            DNSException: Neither the name servers of the parent zone nor the resolver answer.
        """
        name = dns.name.from_text(zone)
        parent = self._apex(name.parent())
        for address in self._addresses(parent):
            found = self._referral(name, address)
            if found is not None:
                return Delegation(found, _text(parent), f"the name servers of {_text(parent)}", is_certain=True)
        return Delegation(self._resolved(name), _text(parent), "the DNS resolver of this machine", is_certain=False)

    def addresses(self, servers: Iterable[str]) -> frozenset[str]:
        """Return the IPv4 addresses of name servers.

        Raises:
            DNSException: The resolver does not know the addresses of a server.
        """
        return frozenset(record.to_text() for server in servers for record in self._resolver.resolve(server, "A"))

    def apex(self, domain: str) -> str:
        """Return the name of the zone that has a domain.

        Raises:
            DNSException: The resolver does not answer.
        """
        return _text(self._apex(dns.name.from_text(domain)))

    def forbidding_caa(self, domain: str) -> tuple[str, list[str]] | None:
        """Return a name with CAA records that forbid Amazon to issue a certificate, and who may issue one, or None.

        The records of the first name that has CAA records count, from the domain upwards. Only records with the tag
        `issue` restrict the certificate of a domain without a wildcard.
        https://www.rfc-editor.org/rfc/rfc8659#section-3

        Raises:
            DNSException: The resolver does not answer.
        """
        name = dns.name.from_text(domain)
        while name != dns.name.root:
            if records := self._caa(name):
                allowed = [_issuer(record) for record in _issuing(records)]
                forbids = bool(allowed) and not AMAZON & {*allowed}
                return (_text(name), sorted(filter(None, allowed))) if forbids else None
            name = name.parent()
        return None

    def _apex(self, name: Name) -> Name:
        return dns.resolver.zone_for_name(name, resolver=self._resolver)

    def _addresses(self, zone: Name) -> Iterator[str]:
        """Yield the addresses of name servers of a zone, one for each server of the public DNS."""
        try:
            servers = sorted(str(record.target) for record in self._resolver.resolve(zone, "NS"))
        except dns.exception.DNSException:
            return
        for server in servers[:MOST_SERVERS]:
            try:
                address = self._resolver.resolve(server, "A")[0].to_text()
            except dns.exception.DNSException:
                continue
            if not any(ipaddress.ip_address(address) in network for network in INTERNAL):
                yield address

    def _referral(self, name: Name, address: str) -> frozenset[str] | None:
        """Return the name servers in the answer of a name server of the parent zone, or None without an answer.

        Some networks direct all queries to their own resolver. Only a name server sets the flag AA in the answer that a
        name is not delegated. Only a resolver sets the flag RA, and not AA, in an answer with name servers.
        """
        query = dns.message.make_query(name, dns.rdatatype.NS)
        query.flags &= ~dns.flags.RD
        try:
            answer, _ = dns.query.udp_with_fallback(query, address, timeout=QUERY_SECONDS, port=self._port)
        except (OSError, dns.exception.DNSException):
            return None
        if answer.rcode() not in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
            return None
        sections = [*answer.answer, *answer.authority]
        found = [rrset for rrset in sections if rrset.name == name and rrset.rdtype == dns.rdatatype.NS]
        if not answer.flags & dns.flags.AA and (not found or answer.flags & dns.flags.RA):
            return None
        return frozenset(_text(record.target) for rrset in found[:1] for record in rrset)

    def _resolved(self, name: Name) -> frozenset[str]:
        try:
            return frozenset(_text(record.target) for record in self._resolver.resolve(name, "NS"))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return frozenset()

    def _caa(self, name: Name) -> list[CAA]:
        try:
            return [*self._resolver.resolve(name, "CAA")]
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []


def _issuing(records: list[CAA]) -> list[CAA]:
    return [record for record in records if record.tag.decode().lower() == "issue"]


def _issuer(record: CAA) -> str:
    """Return who may issue certificates, in a form that a terminal shows safely."""
    value = ascii(record.value.decode("latin-1"))[1:-1]
    return value.partition(";")[0].strip().lower()


def _text(name: Name) -> str:
    """Return a name as Route 53 writes it: in lower case, without the dot at the end."""
    return str(name).rstrip(".").lower() or "the root zone"
