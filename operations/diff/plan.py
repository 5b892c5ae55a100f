"""The changes of one plan."""

from collections.abc import Iterator
from dataclasses import dataclass

from operations.diff.attributes import UNKNOWN, Attribute, attributes
from operations.diff.cautions import cautions
from operations.json_types import JsonObject

STATEFUL = frozenset(
    {
        "aws_cloudwatch_log_group",
        "aws_db_instance",
        "aws_ecr_repository",
        "aws_kms_key",
        "aws_route53_zone",
        "aws_s3_bucket",
    }
)
"""The resource types with data that no deployment restores."""

VERBS = {
    ("create",): "add",
    ("update",): "change",
    ("delete", "create"): "replace",
    ("create", "delete"): "replace",
    ("create", "forget"): "replace",
    ("delete",): "destroy",
    ("forget",): "forget",
}
"""The verb for each list of actions. The verb for any other list is `change`.

https://developer.hashicorp.com/terraform/internals/json-format#change-representation
"""

NOTHING = {("no-op",), ("read",)}


@dataclass(frozen=True)
class Change:
    """One resource or output that the plan changes. It has attributes if it exists before and after the change."""

    address: str
    verb: str
    attributes: tuple[Attribute, ...] = ()
    loses_data: bool = False
    cautions: tuple[str, ...] = ()


def changes(plan: JsonObject) -> list[Change]:
    """Return every change of a plan in Terraform's JSON, in the order of the plan.

    Resources that only move to another address or are imported are also changes. Data sources that Terraform reads are
    no changes. Changes that were made outside of Terraform are listed only if the plan undoes them.
    """
    resources = [_change(resource["address"], resource) for resource in plan.get("resource_changes", [])]
    outputs = [
        _change(f"output.{name}", {"type": "output", "change": change})
        for name, change in plan.get("output_changes", {}).items()
    ]
    return [change for change in resources + outputs if change]


def _change(address: str, resource: JsonObject) -> Change | None:
    change = resource["change"]
    actions = tuple(change["actions"])
    in_state = list(_in_state(address, resource))
    if actions in NOTHING:
        return Change(address, "import" if change.get("importing") else "move", tuple(in_state)) if in_state else None
    if resource["type"] == "output":
        change = {
            "before": {"value": change.get("before")},
            "after": {"value": change.get("after")},
            "after_unknown": {"value": change.get("after_unknown")},
            "before_sensitive": {"value": change.get("before_sensitive")},
            "after_sensitive": {"value": change.get("after_sensitive")},
        }
    verb = VERBS.get(actions, "change")
    changed = attributes(change) if verb in {"change", "replace"} else ()
    return Change(
        address,
        verb,
        (*in_state, *changed),
        loses_data="delete" in actions and resource["type"] in STATEFUL,
        cautions=tuple(cautions({**resource, "change": change})),
    )


def _in_state(address: str, resource: JsonObject) -> Iterator[Attribute]:
    """Yield the old address of a moved resource, and the id of an imported one."""
    if before := resource.get("previous_address"):
        yield Attribute("address", before, address)
    if imported := resource["change"].get("importing"):
        yield Attribute("address", f"imported from {imported.get('id', UNKNOWN)}", address)
