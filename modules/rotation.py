"""What follows a rotation of the database's password."""

from constructs import Construct

from modules.database import Database
from modules.service import Service
from modules.state_machine import StateMachine, task


class Rotation(Construct):
    """A state machine that has the service start fresh tasks whenever the database's password has changed.

    It makes one call: a new deployment of the revision that the service runs. Secrets Manager tells by itself, without
    a trail, that a version of the secret has become the current one; RDS has set the password by then.
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/event-detail-secret-label-updated-secretsmanager.html
    """

    def __init__(self, scope: Construct, id_: str, *, name: str, database: Database, service: Service) -> None:
        super().__init__(scope, id_)

        again = {"Cluster": service.cluster_name, "Service": service.name, "ForceNewDeployment": True}
        restart = StateMachine(
            self,
            "restart",
            name=f"{name}-restart",
            grants=[service.grant_restart],
            states={"Restart": task(self, "ecs:updateService", again)},
        )
        restart.start_on(
            self,
            name=f"{name}-rotation",
            description="another password of the database restarts the service's tasks",
            pattern={
                "source": ["aws.secretsmanager"],
                "detail-type": ["Secret Label Updated"],
                "resources": [database.secret_arn],
                "detail": {"labelUpdated": ["AWSCURRENT"]},
            },
        )
