"""Finds the corrections of moto in the folder of each service, and applies them.

The functions in `fixes.py` change answers of moto that differ from AWS. The functions in `refusals.py` refuse requests
that AWS refuses and moto accepts. A function exists only if the deployment needs it, and it names the AWS page. Delete
a fix when its test reports that moto answers as AWS does.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

Fix = Callable[[], None]
CREATES_IN = {"rds": ("kms",)}
"""The other services in which a service creates resources without a request.

RDS creates the KMS key that encrypts its passwords.
"""

KINDS = ("fixes", "refusals")
SERVICES = sorted({file.parent.name for kind in KINDS for file in Path(__file__).parent.glob(f"*/{kind}.py")})


_applied: set[str] = set()


def apply(service: str) -> None:
    """Apply the fixes and refusals of a service, unless they were applied before.

    Call this before the first request to the service. moto imports a service at that time, too. An import of all fixes
    at the start would make the start three times slower.
    """
    service = "elbv2" if service == "elb" else service  # moto serves both APIs under the name elb
    for each in (service, *CREATES_IN.get(service, ())):
        if each in SERVICES and each not in _applied:
            _applied.add(each)
            for fix in of(each):
                fix()


def of(service: str) -> tuple[Fix, ...]:
    """Return the fixes of a service, then its refusals. Refusals are applied last, so they check a request first."""
    files = [kind for kind in KINDS if (Path(__file__).parent / service / f"{kind}.py").exists()]
    return tuple(fix for kind in files for fix in getattr(import_module(f"localaws.{service}.{kind}"), kind.upper()))
