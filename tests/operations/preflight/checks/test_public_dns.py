"""Tests of the public DNS: delegations from the parent zone or from the resolver, and CAA records."""

import dns.exception
import dns.rcode
import dns.resolver
import pytest

from operations.preflight.checks import public_dns
from operations.preflight.checks.public_dns import Delegation
from tests.support.preflight.dns_server import SILENT, Zones, served

SHOP = "shop.example.com"
PARENT = "the name servers of example.com"
RESOLVER = "the DNS resolver of this machine"


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait long for servers that do not answer."""
    monkeypatch.setattr(public_dns, "QUERY_SECONDS", 0.3)
    monkeypatch.setattr(public_dns, "LIFETIME_SECONDS", 0.3)


@pytest.mark.parametrize("authoritative", [set(), {f"{SHOP}."}], ids=["referral", "answer"])
def test_a_delegation_is_read_from_the_parent_zone(authoritative: set[str]) -> None:
    zones = Zones(delegations={f"{SHOP}.": ["NS-1.awsdns.org.", "ns-2.awsdns.com."]}, authoritative=authoritative)

    with served(zones) as dns_:
        found = dns_.delegation(SHOP)

    assert found == Delegation(
        frozenset({"ns-1.awsdns.org", "ns-2.awsdns.com"}), "example.com", PARENT, is_certain=True
    )


@pytest.mark.parametrize("apexes", [{".", "com.", "example.com."}, {".", "com."}], ids=["parent", "no parent"])
def test_a_domain_without_delegation_has_no_name_servers(apexes: set[str]) -> None:
    with served(Zones(apexes=apexes)) as dns_:
        found = dns_.delegation(SHOP)

    assert found.name_servers == frozenset()
    assert found.parent == max(apexes, key=len).rstrip(".")


@pytest.mark.parametrize("rcode", [SILENT, dns.rcode.REFUSED, dns.rcode.SERVFAIL])
@pytest.mark.usefixtures("_impatient")
def test_the_resolver_answers_if_the_parent_zone_does_not(rcode: int) -> None:
    zones = Zones(delegations={f"{SHOP}.": ["ns-1.awsdns.org."]}, parent=rcode)

    with served(zones) as dns_:
        found = [dns_.delegation(name) for name in (SHOP, "blog.example.com")]

    assert found == [
        Delegation(frozenset(servers), "example.com", RESOLVER, is_certain=False)
        for servers in ({"ns-1.awsdns.org"}, ())
    ]


@pytest.mark.parametrize("delegations", [{}, {f"{SHOP}.": ["ns-1.awsdns.org."]}], ids=["none", "old"])
def test_a_resolver_that_intercepts_queries_is_not_a_name_server(delegations: dict[str, list[str]]) -> None:
    """Some networks direct each query to their own resolver, which knows only what it was asked before."""
    with served(Zones(intercepted=True, delegations=delegations)) as dns_:
        assert dns_.delegation(SHOP).source == RESOLVER


def test_internal_name_servers_are_not_the_public_dns() -> None:
    zones = Zones(addresses={"ns.test.": "10.1.2.3"})

    with served(zones) as dns_:
        assert dns_.delegation(SHOP).source == RESOLVER


@pytest.mark.usefixtures("_impatient")
def test_only_three_name_servers_of_a_parent_zone_are_asked() -> None:
    """A root zone has 13 name servers. Behind a firewall, all of them would take longer than the whole preflight."""
    servers = [f"ns-{number}.test." for number in range(5)]
    zones = Zones(
        delegations={"example.com.": servers, f"{SHOP}.": ["ns-1.awsdns.org."]},
        addresses=dict.fromkeys(servers, "127.0.0.1"),
        parent=SILENT,
    )

    with served(zones) as dns_:
        assert dns_.delegation(SHOP).source == RESOLVER

    assert zones.queries.count(f"NS {SHOP}.") == 3 + 1  # the last query is for the resolver


def test_name_servers_without_an_address_are_not_asked() -> None:
    with served(Zones(resolver={"A": dns.rcode.NXDOMAIN})) as dns_:
        assert dns_.delegation(SHOP).source == RESOLVER


@pytest.mark.parametrize(
    ("rcode", "error"), [(SILENT, dns.resolver.LifetimeTimeout), (dns.rcode.SERVFAIL, dns.resolver.NoNameservers)]
)
@pytest.mark.usefixtures("_impatient")
def test_a_dns_without_answers_raises(rcode: int, error: type[dns.exception.DNSException]) -> None:
    zones = Zones(resolver={"SOA": rcode, "CAA": rcode})

    with served(zones) as dns_:
        with pytest.raises(error):
            dns_.delegation(SHOP)
        with pytest.raises(error):
            dns_.apex(SHOP)
        with pytest.raises(error):
            dns_.forbidding_caa(SHOP)


def test_the_apex_is_the_name_of_the_zone() -> None:
    with served(Zones()) as dns_:
        assert (dns_.apex("a.b.example.com"), dns_.apex("example.com")) == ("example.com", "example.com")


@pytest.mark.parametrize(
    ("caa", "forbids"),
    [
        ({}, None),
        ({"example.com.": ['0 issue "letsencrypt.org"']}, ("example.com", ["letsencrypt.org"])),
        ({"example.com.": ['0 issue ";"']}, ("example.com", [])),
        ({"example.com.": ['0 issue "a.org"', '0 issue "amazontrust.com; x=y"']}, None),
        ({"example.com.": ['0 issuewild ";"', '0 iodef "mailto:a@example.com"']}, None),
        ({f"{SHOP}.": ['0 issue "amazon.com"'], "example.com.": ['0 issue ";"']}, None),
        ({"example.com.": ['0 issue "Amazon.com"']}, None),
        ({"example.com.": [r'0 issue "\027[2J\255"']}, ("example.com", [r"\x1b[2j\xff"])),
        ({f"{SHOP}.": ['0 ISSUE "a.org"'], "example.com.": ['0 issue "amazon.com"']}, (SHOP, ["a.org"])),
    ],
    ids=str,
)
def test_caa_records_of_the_nearest_name_count(
    caa: dict[str, list[str]], forbids: tuple[str, list[str]] | None
) -> None:
    with served(Zones(caa=caa)) as dns_:
        assert dns_.forbidding_caa(SHOP) == forbids
