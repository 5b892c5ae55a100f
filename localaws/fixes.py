"""Finds the corrections for moto in the folder of each service, and applies them.

The functions in `fixes.py` change answers of moto that differ from AWS's answers. The functions in `refusals.py` refuse
requests that AWS refuses and moto accepts. A function exists only if the deployment needs it, and its docstring names
the AWS page. Delete a function when its test reports that moto now answers as AWS does.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

Fix = Callable[[], None]
CREATES_IN = {"rds": ("kms",)}
"""For a service, the other services in which it creates resources without a request to their APIs.

For example, RDS creates the KMS key that encrypts managed passwords.
"""

KINDS = ("fixes", "refusals")
SERVICES = sorted({file.parent.name for kind in KINDS for file in Path(__file__).parent.glob(f"*/{kind}.py")})


_applied: set[str] = set()


def apply(service: str) -> None:
    """Apply the fixes and refusals of a service, unless they were applied before.

    Call this function before the first request to the service. moto, too, imports a service only at this time. If the
    server imported the fixes of all services at its start, the start would take three times as long.
    """
    service = "elbv2" if service == "elb" else service  # moto uses the name elb for the APIs of both ELB and ELBv2
    for each in (service, *CREATES_IN.get(service, ())):
        if each in SERVICES and each not in _applied:
            _applied.add(each)
            for fix in of(each):
                fix()


def of(service: str) -> tuple[Fix, ...]:
    """Return the fixes of a service, followed by its refusals.

    The function that is applied last handles a request first. So the refusals check a request before the fixes.
    """
    files = [kind for kind in KINDS if (Path(__file__).parent / service / f"{kind}.py").exists()]
    return tuple(fix for kind in files for fix in getattr(import_module(f"localaws.{service}.{kind}"), kind.upper()))
