"""What AWS does and moto does not, of all that the deployment meets, in the folder of each service.

`fixes.py` has what AWS answers otherwise, `refusals.py` what AWS refuses and moto takes. Each names the AWS page that
it follows. A fix is dropped when its test says that moto has caught up.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

Fix = Callable[[], None]
MAKES = {"rds": ("kms",)}
"""What moto's service makes in another without a request to that: RDS makes the key of its passwords."""

KINDS = ("fixes", "refusals")
SERVICES = sorted({file.parent.name for kind in KINDS for file in Path(__file__).parent.glob(f"*/{kind}.py")})


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
    """The fixes of one of the services, and its refusals, which look at a request before the fixes do."""
    files = [kind for kind in KINDS if (Path(__file__).parent / service / f"{kind}.py").exists()]
    return tuple(fix for kind in files for fix in getattr(import_module(f"localaws.{service}.{kind}"), kind.upper()))
