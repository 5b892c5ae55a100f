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
    ("delete",): "destroy",
    ("forget",): "forget",
}
"""https://developer.hashicorp.com/terraform/internals/json-format#change-representation"""

VALUE_LIMIT = 120
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
    stateful: bool = False

    @property
    def loses_data(self) -> bool:
        return self.stateful and self.verb in {"replace", "destroy"}


def changes(plan: Mapping[str, Any]) -> list[Change]:
    """Every change of a plan in Terraform's JSON, in its order.

    What Terraform only reads, or found changed without wanting to change it back, is none.
    """
    resources = [_change(resource["address"], resource) for resource in plan.get("resource_changes", [])]
    outputs = [
        _change(f"output.{name}", {"type": "output", "change": change})
        for name, change in plan.get("output_changes", {}).items()
    ]
    return [change for change in resources + outputs if change]


def _change(address: str, resource: Mapping[str, Any]) -> Change | None:
    change = resource["change"]
    verb = VERBS.get(tuple(change["actions"]))
    if not verb:
        return None
    if resource["type"] == "output":
        change = {
            "before": {"value": change.get("before")},
            "after": {"value": change.get("after")},
            "after_unknown": {"value": change.get("after_unknown")},
            "before_sensitive": {"value": change.get("before_sensitive")},
            "after_sensitive": {"value": change.get("after_sensitive")},
        }
    attributes = tuple(_attributes(change)) if verb in {"change", "replace"} else ()
    return Change(address, verb, attributes, stateful=resource["type"] in STATEFUL)


def _attributes(change: Mapping[str, Any]) -> Iterator[Attribute]:
    before, after = change["before"] or {}, change["after"] or {}
    unknown = change.get("after_unknown") or {}
    forcing = {path[0] for path in change.get("replace_paths", [])}
    for name in sorted(before.keys() | after.keys() | unknown.keys()):
        is_unknown = _any(unknown.get(name))
        if before.get(name) == after.get(name) and not is_unknown:
            continue
        if _any(_of(change.get("before_sensitive"), name)) or _any(_of(change.get("after_sensitive"), name)):
            yield Attribute(name, SENSITIVE, SENSITIVE, forces_replacement=name in forcing)
        else:
            new = UNKNOWN if is_unknown else _shown(after.get(name))
            yield Attribute(name, _shown(before.get(name)), new, forces_replacement=name in forcing)


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


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= VALUE_LIMIT else f"{text[: VALUE_LIMIT - 1]}…"
