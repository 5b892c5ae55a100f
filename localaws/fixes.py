"""Finds and applies the corrections of moto that the deployment needs, in the folder of each service.

`fixes.py` has what AWS answers otherwise than moto, `refusals.py` what AWS refuses and moto accepts. Each names its AWS
page. Delete a fix when its test reports that moto has caught up.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

Fix = Callable[[], None]
CREATES_IN = {"rds": ("kms",)}
"""The services in which a service of moto creates resources without a request. RDS creates the key of its passwords."""

KINDS = ("fixes", "refusals")
SERVICES = sorted({file.parent.name for kind in KINDS for file in Path(__file__).parent.glob(f"*/{kind}.py")})


_applied: set[str] = set()


def apply(service: str) -> None:
    """Apply the fixes and refusals of a service, unless they are applied. Call this before its first request.

    moto imports a service at its first request. To import all fixes at the start would make the start three times
    slower.
    """
    service = "elbv2" if service == "elb" else service  # moto serves both under the name elb
    for each in (service, *CREATES_IN.get(service, ())):
        if each in SERVICES and each not in _applied:
            _applied.add(each)
            for fix in of(each):
                fix()


def of(service: str) -> tuple[Fix, ...]:
    """Return the fixes of a service, then its refusals, which check a request before the fixes."""
    files = [kind for kind in KINDS if (Path(__file__).parent / service / f"{kind}.py").exists()]
    return tuple(fix for kind in files for fix in getattr(import_module(f"localaws.{service}.{kind}"), kind.upper()))
