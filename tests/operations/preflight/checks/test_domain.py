"""Tests of the checks of the domain: the zone, its delegation, and CAA records."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import dns.rcode
import pytest
from botocore.exceptions import ClientError

from operations.preflight import runner
from operations.preflight.checks import domain, zone
from operations.preflight.finding import Finding
from tests.support.localaws.certificates import requested_and_validated
from tests.support.preflight.contexts import NOT_CHECKED, OK, PROBLEM, WARNING, in_local_aws, kinds, tags
from tests.support.preflight.dns_server import SILENT, Zones, served

FAILS = "ACM would wait for the certificate in vain, and the deployment would fail after 15 minutes"
ISSUED = "The deployment works, because the certificate is issued already, but ACM cannot renew it"


class Case:
    """An environment in the local AWS, and a DNS server as the public DNS."""

    def __init__(self, folder: Path, stack: ExitStack, **own: Any) -> None:
        self.zones = Zones()
        self.context = in_local_aws(folder, **own)
        self.context.public_dns = stack.enter_context(served(self.zones))
        self.domain = self.context.settings.domain

    def zone(self, name: str = "", *, own: bool = True, private: bool = False) -> tuple[str, list[str]]:
        """Create a hosted zone; return its id and its name servers."""
        name, route53, more = name or self.domain, self.context.client("route53"), {}
        if private:
            vpc = self.context.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
            more = {"HostedZoneConfig": {"PrivateZone": True}, "VPC": {"VPCRegion": "eu-central-1", "VPCId": vpc}}
        answer = route53.create_hosted_zone(Name=name, CallerReference=f"{self.domain}{name}{own}", **more)
        zone_id: str = answer["HostedZone"]["Id"].rpartition("/")[2]
        if own:
            route53.change_tags_for_resource(ResourceType="hostedzone", ResourceId=zone_id, AddTags=tags(self.context))
        return zone_id, answer.get("DelegationSet", {}).get("NameServers", [])

    def delegate(self, servers: list[str], name: str = "") -> None:
        self.zones.delegations[f"{name or self.domain}."] = [f"{server}." for server in servers]

    def issue_certificate(self, **request: Any) -> None:
        _, certificate = requested_and_validated(self.context.client, self.domain, **request)
        assert certificate["Status"] == "ISSUED"

    def set(self, **changed: Any) -> None:
        self.context.settings = self.context.settings.model_copy(update=changed)

    def finding(self) -> Finding:
        [found] = domain.delegation(self.context)
        return found


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    with ExitStack() as stack:
        yield Case(tmp_path, stack)


def test_a_domain_that_is_delegated_to_its_zone_is_ok(case: Case) -> None:
    zone_id, servers = case.zone()
    case.delegate(servers)

    found = case.finding()

    assert (found.kind, found.text) == (OK, f"the public DNS delegates {case.domain} to the hosted zone {zone_id}")


def test_a_domain_without_a_delegation_is_a_problem(case: Case) -> None:
    _, servers = case.zone()

    found = case.finding()

    assert found.kind is PROBLEM
    assert found.text == f"{case.domain} is not delegated, according to the name servers of example.com. {FAILS}"
    wanted = ", ".join(sorted(servers))
    assert found.advice == f"in the zone of example.com, add one NS record set for {case.domain} with {wanted}"


def test_a_registered_domain_is_delegated_at_its_registrar(case: Case) -> None:
    zone_id, servers = case.zone("example.com", own=False)
    case.set(hosted_zone_id=zone_id)
    wanted = f"at the registrar of example.com, replace its name servers with {', '.join(sorted(servers))}"

    assert case.finding().advice == wanted
    case.delegate([], "example.com")
    assert case.finding().advice == wanted


@pytest.mark.parametrize("delegated", [True, False])
def test_an_answer_of_the_resolver_is_only_a_warning(case: Case, delegated: bool) -> None:  # noqa: FBT001 - parametrized
    """The answer can be older than the delegation, or come from a private zone of the same name."""
    case.zone()
    case.zones.parent = dns.rcode.REFUSED
    case.delegate(["ns.elsewhere.org"] if delegated else [])

    found = case.finding()

    assert found.kind is WARNING
    assert found.text.endswith(
        ". If this answer is neither old nor that of a private zone, the deployment would fail after 15 minutes"
    )


def test_name_servers_with_own_names_are_compared_by_address(case: Case) -> None:
    _, servers = case.zone()
    own_names = [f"ns{number}.example.net" for number, _ in enumerate(servers)]
    for number, names in enumerate(zip(servers, own_names, strict=True)):
        case.zones.addresses |= {f"{name}.": f"192.0.2.{number}" for name in names}
    case.delegate(own_names)
    assert case.finding().kind is OK

    case.zones.addresses[f"{own_names[0]}."] = "192.0.2.99"

    assert case.finding().kind is PROBLEM


@pytest.mark.parametrize(("kept", "how"), [(0, "to name servers that are"), (2, "also to name servers that are")])
def test_other_name_servers_are_a_problem(case: Case, kept: int, how: str) -> None:
    zone_id, servers = case.zone()
    case.delegate([*servers[:kept], "ns.elsewhere.org"])

    found = case.finding()

    assert found.kind is PROBLEM
    assert found.text.startswith(
        f"{case.domain} is delegated {how} not those of the hosted zone {zone_id}: ns.elsewhere.org (according to "
    )
    assert found.advice.startswith(f"in the zone of example.com, replace the NS record set of {case.domain} with ns-")


def test_a_part_of_the_name_servers_is_a_warning(case: Case) -> None:
    _, servers = case.zone()
    case.delegate(servers[:3])

    found = case.finding()

    assert found.kind is WARNING
    assert found.text == (
        f"{case.domain} is delegated to only 3 of the 4 name servers of its hosted zone, according to the name servers "
        "of example.com"
    )


def test_an_issued_certificate_makes_a_missing_delegation_a_warning(case: Case) -> None:
    case.zone()
    case.issue_certificate()
    assert case.finding().kind is PROBLEM, "a certificate of another system does not count"
    [certificate] = [
        each["CertificateArn"]
        for each in case.context.client("acm").list_certificates()["CertificateSummaryList"]
        if each["DomainName"] == case.domain
    ]
    case.context.client("acm").add_tags_to_certificate(CertificateArn=certificate, Tags=tags(case.context))

    found = case.finding()

    assert found.kind is WARNING
    assert found.text.endswith(f". {ISSUED}")


def test_a_missing_delegation_is_told_if_the_certificates_cannot_be_read(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(_: object) -> bool:
        message = "User: x is not authorized to perform: acm:ListCertificates"
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": message}}, "ListCertificates")

    case.zone()
    monkeypatch.setattr(zone, "certificate_is_issued", denied)

    found = case.finding()

    assert found.kind is WARNING
    assert found.text.endswith(
        f". {FAILS}, unless the certificate is issued already. This is unknown, because the credentials lack the "
        "permission acm:ListCertificates"
    )


def test_a_zone_that_does_not_exist_yet_is_a_problem(case: Case) -> None:
    case.zone(private=True)

    found = case.finding()

    assert found.kind is PROBLEM
    assert found.text.startswith(f"the hosted zone of {case.domain} does not exist yet, so the domain cannot be ")
    assert found.advice.startswith("run `cdktf deploy dev-dns`, delegate the domain to the name servers that it prints")


def test_a_zone_of_another_system_is_not_taken_for_the_own_one(case: Case) -> None:
    zone_id, servers = case.zone(own=False)
    case.delegate(servers)

    found = case.finding()

    assert found.kind is PROBLEM
    assert found.text == (
        f"the account has a hosted zone of {case.domain} already ({zone_id}), and dev-dns would create a second one "
        "with other name servers"
    )
    assert found.advice.startswith(
        f'to use the existing zone, set dev.hosted_zone_id = "{zone_id}". Otherwise run `cdktf deploy dev-dns`, '
    )


def test_the_zone_of_a_parent_domain_is_compared(case: Case) -> None:
    zone_id, servers = case.zone("example.com", own=False)
    case.set(hosted_zone_id=zone_id)
    assert case.finding().kind is PROBLEM

    case.delegate(servers, "example.com")

    assert case.finding().text == f"the public DNS delegates example.com to the hosted zone {zone_id}"


def test_a_zone_between_the_parent_zone_and_the_domain_is_a_problem(case: Case) -> None:
    zone_id, servers = case.zone("example.com", own=False)
    case.set(hosted_zone_id=zone_id)
    case.delegate(servers, "example.com")
    case.zones.apexes.add(f"{case.domain}.")
    case.zones.addresses |= {f"{server}.": "127.0.0.1" for server in servers}

    found = case.finding()

    assert found.kind is PROBLEM
    assert found.text == (
        f"{case.domain} belongs to the zone of {case.domain}, to which the hosted zone {zone_id} (example.com) "
        f"delegates. {FAILS}"
    )
    assert found.advice == f"set dev.hosted_zone_id to the zone of {case.domain}"


def test_a_private_zone_of_the_domain_is_no_fault(case: Case) -> None:
    zone_id, servers = case.zone("example.com", own=False)
    case.set(hosted_zone_id=zone_id)
    case.delegate(servers, "example.com")
    case.zones.apexes.add(f"{case.domain}.")
    case.delegate([])

    assert case.finding().kind is OK


def test_an_existing_zone_must_be_a_public_zone_of_the_domain(case: Case) -> None:
    private, _ = case.zone(private=True)
    other, _ = case.zone("example.org")

    texts = {}
    for zone_id in ("Z0000000000000", private, other):
        case.set(hosted_zone_id=zone_id)
        found = case.finding()
        assert found.kind is PROBLEM
        assert found.advice.startswith(
            f"set dev.hosted_zone_id to a public zone of {case.domain} or of a parent domain"
        )
        texts[zone_id] = found.text

    setting = "dev.hosted_zone_id: "
    assert texts == {
        "Z0000000000000": f"{setting}the account has no hosted zone Z0000000000000",
        private: f"{setting}must be a public zone, but {private} ({case.domain}) is private",
        other: f"{setting}must be a zone of {case.domain} or above it, but {other} is the zone of example.org",
    }


def test_a_dns_that_does_not_answer_is_not_checked(case: Case) -> None:
    assert case.context.public_dns
    case.context.public_dns._resolver.lifetime = 0.3
    case.zone()
    case.zones.resolver = dict.fromkeys(("SOA", "NS", "CAA"), SILENT)

    found = [*runner.run({"domain": lambda: domain.delegation(case.context)}, lambda *_: None)]

    assert kinds(found) == [NOT_CHECKED]
    assert found[0].text.startswith("because the DNS gave no answer (The resolution lifetime expired after ")


def test_caa_records_that_forbid_amazon_are_a_problem(case: Case) -> None:
    [without] = domain.caa(case.context)
    assert (without.kind, without.text) == (
        OK,
        f"no CAA record forbids Amazon to issue a certificate for {case.domain}",
    )
    texts = []
    for record in ('0 issue "letsencrypt.org"', '0 issue ";"'):
        case.zones.caa["example.com."] = [record]
        [found] = domain.caa(case.context)
        assert found.kind is PROBLEM
        assert found.advice == 'add the record `0 issue "amazon.com"` to the CAA records of example.com'
        texts.append(found.text)
    fails = "ACM would fail to issue the certificate, and with it the deployment"
    assert texts == [
        f"the CAA records of example.com allow only letsencrypt.org to issue certificates. {fails}",
        f"the CAA records of example.com allow nobody to issue certificates. {fails}",
    ]

    case.issue_certificate(Tags=tags(case.context))
    [found] = domain.caa(case.context)
    assert (found.kind, found.text.endswith(f". {ISSUED}")) == (WARNING, True)


def test_the_public_dns_is_not_asked_about_a_local_aws(tmp_path: Path) -> None:
    context = in_local_aws(tmp_path)

    found = [*domain.delegation(context), *domain.caa(context)]

    endpoint = context.client("route53").meta.endpoint_url
    assert [(each.kind, each.place, each.text) for each in found] == [
        (NOT_CHECKED, place, f"because {endpoint} is not AWS, and the public DNS does not know the zones there")
        for place in (zone.PLACE, domain.CERTIFICATE)
    ]
