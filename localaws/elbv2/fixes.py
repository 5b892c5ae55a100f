"""What Elastic Load Balancing does and moto does not."""

from typing import Any

from moto.core.responses import ActionResult
from moto.elbv2.exceptions import ELBClientError
from moto.elbv2.models import ELBv2Backend, FakeLoadBalancer
from moto.elbv2.responses import ELBV2Response as Response
from moto.elbv2.ssl_policies import SSL_POLICIES


def refuses_an_unknown_tls_policy() -> None:
    """CreateListener refuses a security policy that does not exist, as ModifyListener does; moto's takes any name.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html
    """
    create = Response.create_listener

    def create_listener(self: Response) -> ActionResult:
        policy = self._get_param("SslPolicy")
        if policy and policy not in SSL_POLICIES:
            raise ELBClientError("SSLPolicyNotFound", f"Policy {policy} not found")
        return create(self)

    Response.create_listener = create_listener


def faces_the_internet_by_default() -> None:
    """A load balancer without a scheme faces the internet, and says so; moto's says nothing.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
    """
    create = ELBv2Backend.create_load_balancer

    def create_load_balancer(self: ELBv2Backend, *, scheme: str | None = None, **settings: Any) -> FakeLoadBalancer:
        return create(self, scheme=scheme or "internet-facing", **settings)

    ELBv2Backend.create_load_balancer = create_load_balancer


FIXES = (
    refuses_an_unknown_tls_policy,
    faces_the_internet_by_default,
)
