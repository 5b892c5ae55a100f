"""New tasks after a rotation of the database's password."""

from constructs import Construct

from modules.database import Database
from modules.ecs.service import Service
from modules.environment import Environment
from modules.state_machine import StateMachine, task


class Rotation(Construct):
    """A state machine that deploys the running revision again after each change of the database's password.

    Secrets Manager sends an event when a version of the secret becomes the current version. The event does not need
    CloudTrail. When it arrives, RDS has already set the new password in the database.
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/event-detail-secret-label-updated-secretsmanager.html
    """

    def __init__(
        self, scope: Construct, id_: str, *, environment: Environment, database: Database, service: Service
    ) -> None:
        super().__init__(scope, id_)

        new_deployment = {"Cluster": service.cluster_name, "Service": service.name, "ForceNewDeployment": True}
        restart = StateMachine(
            self,
            "restart",
            name=environment.role_name("restart"),
            grants=[service.grant_restart],
            states={"Restart": task(self, "ecs:updateService", new_deployment)},
        )
        restart.start_on(
            self,
            name=environment.role_name("rotation"),
            description="another password of the database restarts the service's tasks",
            pattern={
                "source": ["aws.secretsmanager"],
                "detail-type": ["Secret Label Updated"],
                "resources": [database.secret_arn],
                "detail": {"labelUpdated": ["AWSCURRENT"]},
            },
        )
