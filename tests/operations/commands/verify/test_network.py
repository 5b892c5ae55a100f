"""Free addresses for the tasks that a deployment adds, with numbers that the local AWS cannot show."""

from types import SimpleNamespace
from typing import Any

import pytest

from operations.commands.verify import network
from operations.preflight.finding import Finding, Kind
from operations.system.network import Placement, Subnet


def findings(*free: int, desired: int = 2, running: int = 2, percent: int = 200) -> list[Finding]:
    """Return the findings about subnets with these numbers of free addresses, and one subnet that is missing."""
    found = [Subnet(f"subnet-{number}", "a", "10.0.0.0/28", each) for number, each in enumerate(free)]
    deployed: Any = SimpleNamespace(name="dev", subnets=lambda _: found)
    placement = Placement(tuple(each.id for each in found), (), (), percent)
    service = SimpleNamespace(desired_count=desired, count=running)
    subject: Any = SimpleNamespace(placement=placement, running=service)
    return [*network.subnets(deployed, subject)]


@pytest.mark.parametrize(
    ("free", "numbers", "needed", "kind"),
    [
        ([5, 5], {}, 2, Kind.OK),
        ([1, 1], {}, 2, Kind.OK),
        ([1, 0], {}, 2, Kind.PROBLEM),
        ([2, 0], {}, 2, Kind.WARNING),
        ([1, 1], {"desired": 4, "running": 4, "percent": 150}, 2, Kind.OK),
        ([1, 1], {"desired": 4, "running": 1}, 7, Kind.PROBLEM),
        ([0], {"desired": 0, "running": 0}, 1, Kind.PROBLEM),
        ([1], {"desired": 3, "running": 3, "percent": 100}, 1, Kind.OK),
    ],
)
def test_a_deployment_needs_an_address_for_each_added_task(
    free: list[int], numbers: dict[str, int], needed: int, kind: Kind
) -> None:
    [found] = findings(*free, **numbers)

    assert (found.kind, found.place) == (kind, "subnets")
    assert found.text.startswith(
        f"a deployment starts up to {needed} more tasks, and the subnets have {sum(free)} free addresses"
    )


def test_a_subnet_that_does_not_exist_is_a_problem() -> None:
    deployed: Any = SimpleNamespace(name="dev", subnets=lambda _: [Subnet("subnet-a", "a", "10.0.0.0/28", 5)])
    placement, service = Placement(("subnet-a", "subnet-b"), (), ()), SimpleNamespace(desired_count=1, count=1)
    subject: Any = SimpleNamespace(placement=placement, running=service)

    first, second = network.subnets(deployed, subject)

    assert (first.kind, first.text) == (Kind.PROBLEM, "these subnets do not exist: subnet-b")
    assert second.kind is Kind.OK


def test_a_database_without_an_endpoint_is_a_warning() -> None:
    deployed: Any = SimpleNamespace(database=lambda: SimpleNamespace(port=None))
    subject: Any = SimpleNamespace(placement=Placement((), (), ()))

    [found] = network.to_database(deployed, subject)

    assert (found.kind, found.place) == (Kind.WARNING, "to the database")


def test_a_service_without_a_load_balancer_needs_no_rule() -> None:
    deployed: Any = SimpleNamespace()
    subject: Any = SimpleNamespace(placement=Placement((), (), ()))

    [found] = network.from_load_balancer(deployed, subject)

    assert (found.kind, found.text) == (Kind.OK, "no load balancer sends requests to the service")
