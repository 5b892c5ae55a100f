"""Fixes for Elastic Load Balancing where moto answers differently from AWS."""

from collections.abc import Callable

from moto.core.responses import ActionResult
from moto.elbv2.exceptions import ELBClientError
from moto.elbv2.models import ELBv2Backend, FakeLoadBalancer
from moto.elbv2.responses import ELBV2Response as Response
from moto.elbv2.ssl_policies import SSL_POLICIES


def refuse_unknown_security_policies() -> None:
    """Refuse a listener with an unknown security policy in CreateListener.

    moto refuses an unknown security policy in ModifyListener, but not in CreateListener.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html
    """
    create = Response.create_listener

    def create_listener(self: Response) -> ActionResult:
        policy = self._get_param("SslPolicy")
        if policy and policy not in SSL_POLICIES:
            raise ELBClientError("SSLPolicyNotFound", f"Policy {policy} not found")
        return create(self)

    Response.create_listener = create_listener


def default_to_internet_facing() -> None:
    """Give a load balancer the scheme `internet-facing` if the request names no scheme.

    For such a load balancer, moto returns no scheme.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
    """
    create: Callable[..., FakeLoadBalancer] = ELBv2Backend.create_load_balancer

    def create_load_balancer(self: ELBv2Backend, *, scheme: str | None = None, **settings: object) -> FakeLoadBalancer:
        return create(self, scheme=scheme or "internet-facing", **settings)

    ELBv2Backend.create_load_balancer = create_load_balancer


FIXES = (
    refuse_unknown_security_policies,
    default_to_internet_facing,
)
