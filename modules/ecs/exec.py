"""ECS Exec: shells in the running containers."""

from cdktf_cdktf_provider_aws.ecs_cluster import (
    EcsClusterConfiguration,
    EcsClusterConfigurationExecuteCommandConfiguration,
    EcsClusterConfigurationExecuteCommandConfigurationLogConfiguration,
)
from constructs import Construct

from modules.account import partition
from modules.ecs.arns import ServiceArns
from modules.environment import Environment
from modules.iam import Role
from modules.log_group import LogGroup

FORWARD = "AWS-StartPortForwardingSessionToRemoteHost"
"""The document of a session that forwards a port to another host."""


class EcsExec(Construct):
    """What the containers of a cluster need for sessions of ECS Exec: permissions, and a log group for the sessions.

    The SSM agent in the container uses the permissions of the task role. If the environment has a key, the key also
    encrypts the data of the sessions.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html

    Args:
        environment: The name of the cluster, the log retention and the encryption.
        task_role: The role of the container.
    """

    def __init__(self, scope: Construct, id_: str, *, environment: Environment, task_role: Role) -> None:
        super().__init__(scope, id_)

        logs = LogGroup(self, "logs", environment=environment, name=f"/ecs/{environment.name}/exec")
        # None of these actions supports an ARN:
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonmessagegatewayservice.html and
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
        channels = [f"ssmmessages:{verb}{kind}Channel" for kind in ("Control", "Data") for verb in ("Create", "Open")]
        task_role.allow("OpenSessions", actions=channels, resources=["*"])
        task_role.allow("FindSessionLog", actions=["logs:DescribeLogGroups"], resources=["*"])
        task_role.allow(
            "WriteSessionLog",
            actions=["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            resources=[f"{logs.arn}:*"],
        )
        environment.encryption.grant_session_decrypt(task_role, cluster=environment.name)

        self._environment = environment
        self.configuration = _configuration(
            EcsClusterConfigurationExecuteCommandConfiguration(
                logging="OVERRIDE",
                kms_key_id=environment.encryption.key_arn,
                log_configuration=EcsClusterConfigurationExecuteCommandConfigurationLogConfiguration(
                    cloud_watch_log_group_name=logs.name,
                    cloud_watch_encryption_enabled=environment.encryption.key_arn is not None,
                ),
            )
        )

    def grant_open(self, role: Role, *, container: str) -> None:
        """Let the role open sessions with one container of the tasks, and forward ports. The ARNs are built from names.

        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html#ecs-exec-best-practices-limit-access-execute-command
        """
        arns = ServiceArns.of(role, self._environment)
        role.allow(
            "OpenSessions",
            actions=["ecs:ExecuteCommand"],
            resources=[arns.cluster, arns.tasks],
            conditions={"StringEquals": {"ecs:container-name": container}},
        )
        # The condition denies a session without a document, which is a shell that is not logged. A document of AWS has
        # no account in its ARN.
        # https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-default-session-document.html
        document = f"arn:{partition(role)}:ssm:{self._environment.region}::document/{FORWARD}"
        role.allow(
            "ForwardPorts",
            actions=["ssm:StartSession"],
            resources=[arns.tasks, document],
            conditions={"BoolIfExists": {"ssm:SessionDocumentAccessCheck": "true"}},
        )
        self._environment.encryption.grant_session_encrypt(role, cluster=self._environment.name)


def without_exec() -> EcsClusterConfiguration:
    """Return the configuration of a cluster without ECS Exec, which is the default of ECS.

    The configuration must be declared. If it were absent, Terraform would not remove the configuration of an earlier
    deployment, and each plan would show it.
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ExecuteCommandConfiguration.html
    """
    return _configuration(EcsClusterConfigurationExecuteCommandConfiguration(logging="DEFAULT"))


def _configuration(execute_command: EcsClusterConfigurationExecuteCommandConfiguration) -> EcsClusterConfiguration:
    return EcsClusterConfiguration(execute_command_configuration=execute_command)
