"""What AWS does and moto does not, of all that the deployment meets: `fixes.py` in the folder of each service.

Each fix names the AWS page that it follows, and is dropped when its test says that moto has caught up.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

Fix = Callable[[], None]
MAKES = {"rds": ("kms",)}
"""What moto's service makes in another without a request to that: RDS makes the key of its passwords."""

SERVICES = sorted(file.parent.name for file in Path(__file__).parent.glob("*/fixes.py"))


_applied: set[str] = set()


def apply(service: str) -> None:
    """Apply the fixes for one service, in this process, once; to be called before the service's first request.

    moto loads a service when it is first asked for; so does each fix, or the server would start three times slower.
    """
    service = "elbv2" if service == "elb" else service  # which moto serves at the address of the other
    for each in (service, *MAKES.get(service, ())):
        if each in SERVICES and each not in _applied:
            _applied.add(each)
            for fix in of(each):
                fix()


def of(service: str) -> tuple[Fix, ...]:
    """The fixes for one of the services."""
    fixes: tuple[Fix, ...] = import_module(f"localaws.{service}.fixes").FIXES
    return fixes
