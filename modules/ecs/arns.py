"""ARNs of a service and of the resources around it."""

from dataclasses import dataclass

from constructs import Construct

from modules.account import arn
from modules.environment import Environment


@dataclass(frozen=True)
class ServiceArns:
    """The ARNs of a service, built from names, so the resources need not exist.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
    """

    service: str
    cluster: str
    tasks: str
    """All tasks of the cluster."""
    revisions: str
    """All revisions of the task definition."""

    @classmethod
    def of(cls, scope: Construct, environment: Environment) -> "ServiceArns":
        """Return the ARNs of the service of an environment, for a policy in the stack of `scope`."""
        name = environment.name
        resources = (f"service/{name}/{name}", f"cluster/{name}", f"task/{name}/*", f"task-definition/{name}:*")
        return cls(*(arn(scope, "ecs", environment.region, resource) for resource in resources))
