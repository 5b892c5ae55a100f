"""A DNS server on a loopback port, which answers as the resolver of a machine and as the name server of each zone."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.rrset
from dns.message import Message

from operations.preflight.checks.public_dns import PublicDns

SOA = "ns.test. admin.test. 1 7200 900 1209600 86400"
SILENT = -1
"""In place of an RCODE: the server does not answer."""


@dataclass
class Zones:
    """What the server answers. A query with the flag RD is for the resolver, one without it for a name server."""

    apexes: set[str] = field(default_factory=lambda: {".", "com.", "example.com."})
    delegations: dict[str, list[str]] = field(default_factory=dict)
    """The name servers to which each zone is delegated."""
    authoritative: set[str] = field(default_factory=set)
    """The delegated zones that the name servers of their parent zones serve, too."""
    caa: dict[str, list[str]] = field(default_factory=dict)
    resolver: dict[str, int] = field(default_factory=dict)
    """The RCODE of the resolver for a type of record, or `SILENT`."""
    addresses: dict[str, str] = field(default_factory=lambda: {"ns.test.": "127.0.0.1"})
    intercepted: bool = False
    """Whether a resolver of the network answers in place of the name servers, without asking other servers."""
    parent: int = dns.rcode.NOERROR
    """The RCODE of the name servers of the parent zones, or `SILENT`."""
    queries: list[str] = field(default_factory=list)

    def answer(self, query: Message) -> Message | None:
        """Return the answer to a query, or None."""
        [question] = query.question
        name, kind = question.name.to_text(), dns.rdatatype.to_text(question.rdtype)
        self.queries.append(f"{kind} {name}")
        answer = dns.message.make_response(query)
        recursive = bool(query.flags & dns.flags.RD)
        rcode = self.resolver.get(kind, dns.rcode.NOERROR) if recursive else self.parent
        if rcode == SILENT:
            return None
        answer.set_rcode(dns.rcode.Rcode(rcode))
        if recursive or self.intercepted:
            answer.flags |= dns.flags.RA
        if rcode == dns.rcode.NOERROR:
            records = self._records(name, kind)
            section = answer.answer if recursive or name in self.authoritative else answer.authority
            if not answer.flags & dns.flags.RA and (not records or section is answer.answer):
                answer.flags |= dns.flags.AA
            section += [dns.rrset.from_text(name, 60, "IN", kind, *records)] if records else []
            if not records:
                self._say_why(answer, name)
        return answer

    def _records(self, name: str, kind: str) -> list[str]:
        found = {
            "SOA": [SOA] if name in self.apexes else [],
            "NS": self.delegations.get(name, ["ns.test."] if name in self.apexes else []),
            "A": [self.addresses[name]] if name in self.addresses else [],
            "CAA": self.caa.get(name, []),
        }
        return found.get(kind, [])

    def _say_why(self, answer: Message, name: str) -> None:
        """Answer that a name has no such record, or does not exist, with the SOA of its zone."""
        known = {*self.apexes, *self.delegations, *self.caa, *self.addresses}
        if not any(f".{each}".endswith(f".{name}") for each in known):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        zone = max((apex for apex in self.apexes if f".{name}".endswith(f".{apex.lstrip('.')}")), key=len)
        answer.authority.append(dns.rrset.from_text(zone, 60, "IN", "SOA", SOA))


@contextmanager
def served(zones: Zones) -> Iterator[PublicDns]:
    """Serve the zones, and return them as a public DNS."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        threading.Thread(target=_serve, args=(server, zones), daemon=True).start()
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], port
        yield PublicDns(resolver, port=port)


def _serve(server: socket.socket, zones: Zones) -> None:
    with suppress(OSError):  # the test has ended, and has closed the socket
        while True:
            wire, client = server.recvfrom(4096)
            answer = zones.answer(dns.message.from_wire(wire))
            if answer:
                server.sendto(answer.to_wire(), client)
