"""What one plan changes."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

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
"""The types whose resources hold what no deployment brings back."""

VERBS = {
    ("create",): "add",
    ("update",): "change",
    ("delete", "create"): "replace",
    ("create", "delete"): "replace",
    ("create", "forget"): "replace",
    ("delete",): "destroy",
    ("forget",): "forget",
}
"""What is done by each list of actions; one that is not here is a change.

https://developer.hashicorp.com/terraform/internals/json-format#change-representation
"""

NOTHING = {("no-op",), ("read",)}

VALUE_LIMIT = 120
CONTEXT = 40
"""Characters of a long value that are shown, and those of them before the first that differs."""

SENSITIVE = "(sensitive)"
UNKNOWN = "(known after apply)"


@dataclass(frozen=True)
class Attribute:
    """One attribute of a resource, before and after; sensitive and unknown values are named as such."""

    name: str
    before: str
    after: str
    forces_replacement: bool = False


@dataclass(frozen=True)
class Change:
    """One resource or output that the plan changes; `attributes` are told where there is a before and an after."""

    address: str
    verb: str
    attributes: tuple[Attribute, ...] = ()
    loses_data: bool = False


def changes(plan: Mapping[str, Any]) -> list[Change]:
    """Every change of a plan in Terraform's JSON, in its order.

    What only moves to another address in the state, or is imported into it, is one. What Terraform only reads, or found
    changed without wanting to change it back, is none.
    """
    resources = [_change(resource["address"], resource) for resource in plan.get("resource_changes", [])]
    outputs = [
        _change(f"output.{name}", {"type": "output", "change": change})
        for name, change in plan.get("output_changes", {}).items()
    ]
    return [change for change in resources + outputs if change]


def _change(address: str, resource: Mapping[str, Any]) -> Change | None:
    change = resource["change"]
    actions = tuple(change["actions"])
    if actions in NOTHING:
        return _in_state_alone(address, resource)
    if resource["type"] == "output":
        change = {
            "before": {"value": change.get("before")},
            "after": {"value": change.get("after")},
            "after_unknown": {"value": change.get("after_unknown")},
            "before_sensitive": {"value": change.get("before_sensitive")},
            "after_sensitive": {"value": change.get("after_sensitive")},
        }
    verb = VERBS.get(actions, "change")
    attributes = tuple(_attributes(change)) if verb in {"change", "replace"} else ()
    return Change(address, verb, attributes, loses_data="delete" in actions and resource["type"] in STATEFUL)


def _in_state_alone(address: str, resource: Mapping[str, Any]) -> Change | None:
    if resource["change"].get("importing"):
        return Change(address, "import")
    if before := resource.get("previous_address"):
        return Change(address, "move", (Attribute("address", before, address),))
    return None


def _attributes(change: Mapping[str, Any]) -> Iterator[Attribute]:
    before, after = change["before"] or {}, change["after"] or {}
    unknown = change.get("after_unknown") or {}
    forcing = {path[0] for path in change.get("replace_paths", [])}
    for name in sorted(before.keys() | after.keys() | unknown.keys()):
        is_unknown = _any(unknown.get(name))
        if before.get(name) == after.get(name) and not is_unknown:
            continue
        if _any(_of(change.get("before_sensitive"), name)) or _any(_of(change.get("after_sensitive"), name)):
            shown = SENSITIVE, SENSITIVE
        elif is_unknown:
            shown = _excerpt(_json(before.get(name)), start=0), UNKNOWN
        else:
            shown = _excerpts(_json(before.get(name)), _json(after.get(name)))
        yield Attribute(name, *shown, forces_replacement=name in forcing)


def _of(marks: object, name: str) -> object:
    """What is marked of an attribute; a resource that is sensitive as a whole is marked by a bare `true`."""
    return marks.get(name) if isinstance(marks, Mapping) else marks


def _any(marks: object) -> bool:
    """Whether anything in a value is marked: Terraform gives `true` in the place of what is."""
    if isinstance(marks, Mapping):
        return any(_any(mark) for mark in marks.values())
    if isinstance(marks, list):
        return any(_any(mark) for mark in marks)
    return marks is True


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _excerpts(before: str, after: str) -> tuple[str, str]:
    """Both values, cut around the first character in which they differ where they are long."""
    if max(len(before), len(after)) <= VALUE_LIMIT:
        return before, after
    shorter = min(len(before), len(after))
    same = next((place for place in range(shorter) if before[place] != after[place]), shorter)
    start = max(0, same - CONTEXT)
    return _excerpt(before, start=start), _excerpt(after, start=start)


def _excerpt(text: str, *, start: int) -> str:
    excerpt = text[start : start + VALUE_LIMIT]
    return f"{'…' if start else ''}{excerpt}{'…' if start + VALUE_LIMIT < len(text) else ''}"
