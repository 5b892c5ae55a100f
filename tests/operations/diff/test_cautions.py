"""Tests of the warnings: interruptions of the service, storage and upgrades of the database."""

from typing import Any

import pytest

from operations.diff.cautions import INTERRUPTING, cautions
from operations.diff.plan import changes
from operations.diff.summary import StackChanges, markdown


def resource(type_: str, *actions: str, **change: Any) -> dict[str, Any]:
    own = {name: change.pop(name) for name in ("action_reason",) if name in change}
    given = {"before": {}, "after": {}, "after_unknown": {}, **change, "actions": list(actions)}
    return {"address": f"{type_}.it", "type": type_, "change": given, **own}


@pytest.mark.parametrize("actions", [("delete", "create"), ("create", "delete"), ("delete",)])
@pytest.mark.parametrize("type_", INTERRUPTING)
def test_a_replaced_listener_or_service_interrupts(type_: str, actions: tuple[str, ...]) -> None:
    [caution] = cautions(resource(type_, *actions))

    assert caution == f"interrupts the service: {INTERRUPTING[type_]}"


@pytest.mark.parametrize("actions", [("update",), ("create",), ("no-op",), ("read",)])
def test_a_change_in_place_does_not_interrupt(actions: tuple[str, ...]) -> None:
    assert [list(cautions(resource(type_, *actions))) for type_ in INTERRUPTING] == [[]] * len(INTERRUPTING)


def test_the_reason_is_what_forces_the_replacement() -> None:
    paths = [["port"], ["health_check", 0, "path"], ["port"]]
    replaced = resource("aws_lb_target_group", "create", "delete", replace_paths=paths)

    [caution] = cautions(replaced)
    assert caution.endswith(" (replaced because of health_check, port)")


def test_otherwise_the_reason_is_terraforms() -> None:
    [caution] = cautions(resource("aws_lb", "delete", "create", action_reason="replace_because_tainted"))

    assert caution.endswith(" (replace because tainted)")


@pytest.mark.parametrize(
    ("before", "after", "caution"),
    [
        (100, 50, "RDS does not reduce storage (100 to 50 GiB): the deployment will fail"),
        (
            100,
            109,
            (
                "RDS increases storage by at least 10 %, from 100 to 110 GiB, and the next diff would show a reduction "
                "to 109 GiB; set storage_gib to 110 or more"
            ),
        ),
        (400, 440, None),
        (21, 24, None),
        (20, 20, None),
        (100, None, None),
    ],
)
def test_storage_that_rds_changes_otherwise_has_a_warning(before: int, after: int | None, caution: str | None) -> None:
    sizes = {"before": {"allocated_storage": before}, "after": {"allocated_storage": after} if after else {}}

    assert list(cautions(resource("aws_db_instance", "update", **sizes))) == ([caution] if caution else [])


@pytest.mark.parametrize(
    ("before", "after", "caution"),
    [
        ("16.10", {"engine_version": "18"}, "RDS upgrades PostgreSQL 16 to 18 in the maintenance window only"),
        ("16.10", {"engine_version": "18", "apply_immediately": True}, "interrupts the database: RDS upgrades"),
        ("18", {"engine_version": "16"}, "RDS does not downgrade to an older major version (18 to 16)"),
        ("16.4", {"engine_version": "16"}, None),
    ],
)
def test_an_upgrade_of_postgresql_is_told(before: str, after: dict[str, Any], caution: str | None) -> None:
    found = list(cautions(resource("aws_db_instance", "update", before={"engine_version": before}, after=after)))

    assert [each.startswith(caution) for each in found if caution] == [True] * bool(caution)
    assert bool(found) == bool(caution)


def test_a_new_database_has_no_storage_to_compare() -> None:
    created = resource("aws_db_instance", "create", before=None, after={"allocated_storage": 20})

    assert list(cautions(created)) == []


def test_the_summary_has_the_cautions_on_top() -> None:
    replaced = resource(
        "aws_lb_target_group",
        "create",
        "delete",
        before={"port": 80},
        after={"port": 8080},
        replace_paths=[["port"]],
    )

    text = markdown("dev", [StackChanges("dev-main", changes({"resource_changes": [replaced]}))])

    assert text.splitlines()[3:6] == [
        "> [!WARNING]",
        "> See docs/operations.md before you apply:",
        (
            "> - dev-main: replace `aws_lb_target_group.it`: interrupts the service: "
            "requests go to the new target group before it has any task (replaced because of port)"
        ),
    ]
