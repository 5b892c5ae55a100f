"""What IAM would decide of one request, by the npm package iam-simulate, which follows IAM's evaluation logic.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import json
import subprocess
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from itertools import chain
from pathlib import Path
from typing import IO, cast

from localaws.json_types import JsonObject
from tools import toolchain

_PROGRAM = Path(__file__).with_suffix(".mjs")
_ASSUME, _TRUST = "sts:AssumeRole", "role trust policy"


@dataclass(frozen=True)
class Request:
    """What IAM is asked when an API is called: an action on a resource, in a context of condition keys.

    It is the caller who asks, unless another `principal` is named: a service that acts for itself.
    """

    action: str
    resource: str
    context: dict[str, str] = field(default_factory=dict)
    principal: str | None = None


@dataclass(frozen=True)
class Policies:
    """All the policies that have a say: the caller's own, its permissions boundary, and the resource's."""

    identity: tuple[JsonObject, ...] = ()
    """Each with its `name` and, as `policy`, its document."""
    boundary: JsonObject | None = None
    resource: JsonObject | None = None


@dataclass(frozen=True)
class Decision:
    """What IAM decides. `by` names the statements that allow or deny it: their Sid, or their number in their policy.

    `message` is IAM's own where it is denied, and `why` its end, which names the kind of policy that denies it.
    """

    allowed: bool
    by: tuple[str, ...]
    message: str
    why: str


class Iam:
    """A program that decides, in a process of its own; it ends with this one, or with `close`.

    When it has ended by itself, the next request starts it anew.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def decide(self, principal: str, request: Request, policies: Policies, *, account: str) -> Decision:
        """Decide a request that `principal` (a role's ARN, or the name of a service) makes of a resource in an account.

        Raises ValueError for an action that AWS does not have, a resource that does not fit it, a context key that
        it does not know, and a policy that AWS would not take; RuntimeError when the program ends over it.
        """
        answer = self._ask(
            {
                "principal": principal,
                "action": request.action,
                "resource": request.resource,
                "account": account,
                "context": request.context,
                "identity": policies.identity,
                "boundary": policies.boundary,
                "policy": policies.resource,
            }
        )
        if wrong := answer.get("error") or answer.get("ignored"):
            raise ValueError(f"IAM cannot decide {asdict(request)}: {json.dumps(wrong)}")
        return _decision(principal, request, answer)

    def close(self) -> None:
        """End the process; the next request starts another."""
        with self._lock:
            self._end()

    def _ask(self, question: JsonObject) -> JsonObject:
        with self._lock:
            if self._process and self._process.poll() is not None:
                self._end()
            self._process = self._process or _start()
            stdin, stdout = cast(IO[str], self._process.stdin), cast(IO[str], self._process.stdout)
            with suppress(BrokenPipeError):  # it has ended, and answers nothing
                stdin.write(f"{json.dumps(question)}\n")
                stdin.flush()
            line = stdout.readline()
            if not line:
                self._end()
                raise RuntimeError(
                    f"{_PROGRAM.name} has ended; what it said stands above, or in the log of the local AWS"
                )
        answer: JsonObject = json.loads(line)
        return answer

    def _end(self) -> None:
        if self._process:
            self._process.communicate()
            self._process = None


def _start() -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [str(toolchain.NODE), str(_PROGRAM)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def _decision(principal: str, request: Request, answer: JsonObject) -> Decision:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"""
    identity, resource = answer["identity"], answer["resource"]
    if answer["result"] == "Allowed":
        return Decision(allowed=True, by=(*identity["allow"], *resource["allow"]), message="", why="")
    denied = {
        "an identity-based policy": identity["deny"],
        "a permissions boundary": answer["boundary"]["deny"],
        f"the {_TRUST}" if request.action == _ASSUME else "a resource-based policy": resource["deny"],
    }
    if where := next((kind for kind, statements in denied.items() if statements), None):
        why = f"with an explicit deny in {where}"
    else:
        why = f"because no {_missing(principal, request, answer)} allows the {request.action} action"
    who = _session(principal) if principal.startswith("arn:") else principal
    message = f"User: {who} is not authorized to perform: {request.action} on resource: {request.resource} {why}"
    return Decision(allowed=False, by=tuple(chain(*denied.values())), message=message, why=why)


def _missing(principal: str, request: Request, answer: JsonObject) -> str:
    """The kind of policy that would have had to allow it, the first that did not."""
    identity, resource = answer["identity"]["allow"], answer["resource"]["allow"]
    if request.action == _ASSUME and not resource:
        return _TRUST
    if principal.startswith("arn:") and not identity and not answer["named"]:
        return "identity-based policy"
    return "permissions boundary" if answer["bounded"] else "resource-based policy"


def _session(role_arn: str) -> str:
    _, partition, _, _, account, role = role_arn.split(":")
    return f"arn:{partition}:sts::{account}:assumed-role/{role.rpartition('/')[2]}/local-aws"
