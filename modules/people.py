"""The IAM roles of people who look at an environment, or who operate it."""

from collections.abc import Sequence

from constructs import Construct

from modules.account import arn
from modules.environment import Environment
from modules.iam import Principals, Role
from settings.names import SystemRole


class PeopleRole(Construct):
    """A role with which people use `ops` in the environment. The verbs of other constructs grant its permissions.

    The permissions name resources by their names and not by references. So the role works as soon as it exists, also
    while the first deployment creates the other resources, or after this deployment has failed.

    Args:
        environment: Gives the name of the role.
        name: The last part of the name of the role.
        principals: The ARNs of the IAM roles and users that may assume the role.
    """

    def __init__(
        self, scope: Construct, id_: str, *, environment: Environment, name: SystemRole, principals: Sequence[str]
    ) -> None:
        super().__init__(scope, id_)

        self.role = Role(self, "Default", name=environment.role_name(name), assumed_by=Principals(principals))
        # No construct declares an alarm, but a team can add alarms whose names begin with the name of the system. The
        # request for all alarms with a prefix is authorized for all alarms:
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
        every, own = (arn(self, "cloudwatch", environment.region, f"alarm:{name}*") for name in ("", environment.name))
        self.role.allow("FindAlarms", actions=["cloudwatch:DescribeAlarms"], resources=[every])
        self.role.allow("ViewAlarms", actions=["cloudwatch:ListTagsForResource"], resources=[own])
