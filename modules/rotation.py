"""What follows a rotation of the database's password."""

import json

from cdktf_cdktf_provider_aws.cloudwatch_event_rule import CloudwatchEventRule
from cdktf_cdktf_provider_aws.cloudwatch_event_target import CloudwatchEventTarget
from cdktf_cdktf_provider_aws.sfn_state_machine import SfnStateMachine
from constructs import Construct

from modules.account import partition
from modules.database import Database
from modules.iam import Role
from modules.service import Service


class Rotation(Construct):
    """An EventBridge rule that has the service start fresh tasks whenever the database's password has changed.

    Secrets Manager tells by itself, without a trail, that a version of the secret has become the current one; RDS has
    set the password by then.
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/event-detail-secret-label-updated-secretsmanager.html
    """

    def __init__(self, scope: Construct, id_: str, *, name: str, database: Database, service: Service) -> None:
        super().__init__(scope, id_)

        restart = _Restart(self, "restart", name=f"{name}-restart", service=service)
        role = Role(self, "role", name=f"{name}-rotation", assumed_by="events.amazonaws.com")
        role.allow("StartRestart", actions=["states:StartExecution"], resources=[restart.arn])
        rule = CloudwatchEventRule(
            self,
            "Default",
            name=f"{name}-rotation",
            description="another password of the database restarts the service's tasks",
            event_pattern=json.dumps(
                {
                    "source": ["aws.secretsmanager"],
                    "detail-type": ["Secret Label Updated"],
                    "resources": [database.secret_arn],
                    "detail": {"labelUpdated": ["AWSCURRENT"]},
                }
            ),
        )
        CloudwatchEventTarget(
            self, "target", rule=rule.name, arn=restart.arn, role_arn=role.arn, depends_on=role.rights
        )


class _Restart(Construct):
    """A state machine that makes one call: a new deployment of the revision that the service runs.

    It writes no log and no trace: Step Functions keeps a standard execution's history for 90 days, and either would
    need rights on `*`. After an error it tries again, for five minutes.
    https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
    """

    def __init__(self, scope: Construct, id_: str, *, name: str, service: Service) -> None:
        super().__init__(scope, id_)

        role = Role(self, "role", name=name, assumed_by="states.amazonaws.com")
        service.grant_restart(role)
        machine = SfnStateMachine(
            self,
            "Default",
            name=name,
            role_arn=role.arn,
            definition=json.dumps(
                {
                    "StartAt": "Restart",
                    "States": {
                        "Restart": {
                            "Type": "Task",
                            "Resource": f"arn:{partition(self)}:states:::aws-sdk:ecs:updateService",
                            "Parameters": {
                                "Cluster": service.cluster_name,
                                "Service": service.name,
                                "ForceNewDeployment": True,
                            },
                            "Retry": [
                                {
                                    "ErrorEquals": ["States.TaskFailed"],
                                    "IntervalSeconds": 10,
                                    "BackoffRate": 2,
                                    "MaxAttempts": 5,
                                }
                            ],
                            "End": True,
                        }
                    },
                }
            ),
            depends_on=role.rights,
        )

        self.arn = machine.arn
