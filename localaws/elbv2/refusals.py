"""Requests that Elastic Load Balancing refuses and moto accepts."""

from collections.abc import Callable

from moto.acm.models import acm_backends
from moto.core.responses import ActionResult
from moto.elbv2.exceptions import DuplicateListenerError, DuplicateLoadBalancerName, ELBClientError
from moto.elbv2.models import ELBv2Backend, FakeLoadBalancer
from moto.elbv2.responses import ELBV2Response as Response
from moto.s3.models import s3_backends

from localaws.iam.service_principals import allows_service
from localaws.json_types import JsonObject

LOG_DELIVERY = "logdelivery.elasticloadbalancing.amazonaws.com"
LONGEST_NAME = 32


def refuse_invalid_load_balancers() -> None:
    """Refuse a load balancer with a taken, reserved or too long name, and an ALB with subnets in a single zone.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
    """
    create: Callable[..., FakeLoadBalancer] = ELBv2Backend.create_load_balancer

    def create_load_balancer(
        self: ELBv2Backend, *, name: str, subnet_ids: list[str], **settings: object
    ) -> FakeLoadBalancer:
        if len(name) > LONGEST_NAME:
            message = f"The load balancer name '{name}' cannot be longer than '{LONGEST_NAME}' characters"
            raise ELBClientError("ValidationError", message)
        if name.startswith("internal-"):
            raise ELBClientError("ValidationError", f"The load balancer name '{name}' cannot begin with 'internal-'")
        if any(balancer.name == name for balancer in self.load_balancers.values()):
            raise DuplicateLoadBalancerName
        zones = {self.ec2_backend.get_subnet(subnet_id).availability_zone for subnet_id in subnet_ids}
        if settings.get("loadbalancer_type") in (None, "application") and len(zones) < 2:
            message = "At least two subnets in two different Availability Zones must be specified"
            raise ELBClientError("ValidationError", message)
        return create(self, name=name, subnet_ids=subnet_ids, **settings)

    ELBv2Backend.create_load_balancer = create_load_balancer


def refuse_to_delete_protected_load_balancers() -> None:
    """Refuse to delete a load balancer while its deletion protection is on.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#deletion-protection
    """
    delete = ELBv2Backend.delete_load_balancer

    def delete_load_balancer(self: ELBv2Backend, arn: str) -> None:
        balancer = self.load_balancers.get(arn)
        if balancer and balancer.attrs["deletion_protection.enabled"] == "true":
            message = f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
            raise ELBClientError("OperationNotPermitted", message)
        delete(self, arn)

    ELBv2Backend.delete_load_balancer = delete_load_balancer


def refuse_invalid_listeners() -> None:
    """Refuse a second listener on a port, and a listener whose certificate is not issued.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html
    """
    create = Response.create_listener

    def create_listener(self: Response) -> ActionResult:
        balancer = self.elbv2_backend.load_balancers.get(str(self._get_param("LoadBalancerArn")))
        if balancer and any(str(each.port) == str(self._get_param("Port")) for each in balancer.listeners.values()):
            raise DuplicateListenerError
        certificates = acm_backends[self.current_account][self.region]
        for certificate in self._get_param("Certificates") or []:
            arn = certificate["CertificateArn"]
            if ":acm:" in arn and certificates.get_certificate(arn).status != "ISSUED":
                message = (
                    f"The certificate '{arn}' must have a fully-qualified domain name, a supported signature, and a "
                    "supported key size."
                )
                raise ELBClientError("UnsupportedCertificate", message)
        return create(self)

    Response.create_listener = create_listener


def refuse_access_logs_without_permission() -> None:
    """Refuse access logs if the bucket does not exist, or if the bucket policy does not allow log delivery.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
    """
    modify = ELBv2Backend.modify_load_balancer_attributes

    def modify_load_balancer_attributes(self: ELBv2Backend, arn: str, attrs: JsonObject) -> JsonObject:
        intended = {**(self.load_balancers[arn].attrs if arn in self.load_balancers else {}), **attrs}
        if intended.get("access_logs.s3.enabled") == "true":
            name = str(intended.get("access_logs.s3.bucket", ""))
            bucket = s3_backends[self.account_id][self.partition].buckets.get(name)
            if not (bucket and bucket.policy and allows_service(bucket.policy.decode(), LOG_DELIVERY)):
                message = f"Access Denied for bucket: {name}. Please check S3bucket permission"
                raise ELBClientError("InvalidConfigurationRequest", message)
        return modify(self, arn, attrs)

    ELBv2Backend.modify_load_balancer_attributes = modify_load_balancer_attributes


REFUSALS = (
    refuse_access_logs_without_permission,
    refuse_invalid_load_balancers,
    refuse_to_delete_protected_load_balancers,
    refuse_invalid_listeners,
)
