"""Systems with the names and the network of the stacks, but without Terraform."""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.support.images.deployed import Deployed
from tests.support.localaws.aws_pipeline import ACCOUNT, REGION, System, clients, policy
from tests.support.localaws.certificates import requested_and_validated

TASKS = {"Service": "ecs-tasks.amazonaws.com"}
PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
PORT, DATABASE_PORT = 3000, 5432


@dataclass
class Complete(Deployed):
    """A system with a database, a certificate, a load balancer, secrets, and roles with the names of the stacks."""

    groups: dict[str, str] = field(default_factory=dict)
    """The ids of the security groups: of the load balancer, the service and the database."""
    subnets: list[str] = field(default_factory=list)
    """The ids of the private subnets."""
    secret: str = ""
    """The ARN of a secret with the key `token`."""
    parameter: str = ""
    """The ARN of a parameter."""

    def create(self) -> System:
        self._create_network()
        self._create_database()
        self.secret = self._client("secretsmanager").create_secret(
            Name=f"{self.name}/api", SecretString=json.dumps({"token": "never-shown"})
        )["ARN"]
        self._client("ssm").put_parameter(Name=f"/{self.name}/dsn", Value="never-shown", Type="SecureString")
        self.parameter = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/{self.name}/dsn"
        self._client("logs").create_log_group(logGroupName=f"/ecs/{self.name}")
        tags = [{"Key": "app", "Value": self.name.removesuffix("-dev")}, {"Key": "environment", "Value": "dev"}]
        requested_and_validated(self.aws.client, f"{self.name}.example.com", Tags=tags)
        self._create_roles()
        return super().create()

    def task(self) -> dict[str, Any]:
        """Return the task definition as the stacks declare it."""
        task = super().task()
        app = task["containerDefinitions"][0]
        options = app["logConfiguration"]["options"] | {"awslogs-group": f"/ecs/{self.name}"}
        own = {
            "user": "1000:1000",
            "image": f"{self.repository_uri}:latest",
            "secrets": [
                {"name": "DB_PASSWORD", "valueFrom": f"{self.database_secret}:password::"},
                {"name": "TOKEN", "valueFrom": f"{self.secret}:token::"},
                {"name": "DSN", "valueFrom": self.parameter},
            ],
            "logConfiguration": app["logConfiguration"] | {"options": options},
        }
        roles = {f"{kind}RoleArn": f"arn:aws:iam::{ACCOUNT}:role/{self.name}-{kind}" for kind in ("execution", "task")}
        return task | roles | {"containerDefinitions": [app | own]}

    def create_project(self, name: str, buildspec: str) -> None:
        super().create_project(f"{name}-image-definitions", buildspec)

    def build(self, **changed: Any) -> dict[str, Any]:
        action = super().build(**changed)
        action["configuration"]["ProjectName"] = self.project
        return action

    @property
    def project(self) -> str:
        """The name of the build project."""
        return f"{self.name}-image-definitions"

    @property
    def database_secret(self) -> str:
        """The ARN of the secret with the password of the database."""
        [found] = self._client("rds").describe_db_instances(DBInstanceIdentifier=self.name)["DBInstances"]
        return str(found["MasterUserSecret"]["SecretArn"])

    def grant(self, **changed: list[str]) -> None:
        """Give the execution role its permissions: the statements by their Sid, some of them with other actions."""
        own = f"{REGION}:{ACCOUNT}"
        rights = {
            "Pull": (PULL, f"arn:aws:ecr:{own}:repository/{self.name}"),
            "Login": (["ecr:GetAuthorizationToken"], "*"),
            "Write": (
                ["logs:CreateLogStream", "logs:PutLogEvents"],
                f"arn:aws:logs:{own}:log-group:/ecs/{self.name}:*",
            ),
            "Secret": (["secretsmanager:GetSecretValue"], self.secret),
            "Database": (["secretsmanager:GetSecretValue"], self.database_secret),
            "Parameter": (["ssm:GetParameters"], self.parameter),
        }
        statements = [
            {"Sid": sid, "Effect": "Allow", "Action": changed.get(sid, actions), "Resource": resource}
            for sid, (actions, resource) in rights.items()
            if changed.get(sid, actions)
        ]
        self._client("iam").put_role_policy(
            RoleName=f"{self.name}-execution", PolicyName="rights", PolicyDocument=policy(*statements)
        )

    def _client(self, service: str) -> Any:
        return self.aws.client(service)

    def _create_roles(self) -> None:
        self.aws.role(f"{self.name}-execution", TASKS, rights=())
        self.aws.role(f"{self.name}-task", TASKS, rights=())
        self.grant()

    def _create_network(self) -> None:
        """Create the VPC, the load balancer with its target group, and the security groups with their rules."""
        ec2, elb = self._client("ec2"), self._client("elbv2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(VpcId=vpc, InternetGatewayId=gateway)
        made = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{REGION}{zone}")
            for number, zone in enumerate("abab")
        ]
        ids = [each["Subnet"]["SubnetId"] for each in made]
        public, self.subnets = ids[:2], ids[2:]
        for part in ("load_balancer", "service", "database"):
            named = f"{self.name}-{part}"
            self.groups[part] = ec2.create_security_group(GroupName=named, Description=part, VpcId=vpc)["GroupId"]
        for part in ("load_balancer", "database"):
            everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
            ec2.revoke_security_group_egress(GroupId=self.groups[part], IpPermissions=everything)
        self.connect("service", "load_balancer", PORT)
        self.connect("database", "service", DATABASE_PORT)
        ec2.authorize_security_group_egress(
            GroupId=self.groups["load_balancer"], IpPermissions=[self.rule("service", PORT)]
        )
        balancer = elb.create_load_balancer(
            Name=self.name, Subnets=public, SecurityGroups=[self.groups["load_balancer"]]
        )["LoadBalancers"][0]["LoadBalancerArn"]
        target = elb.create_target_group(Name=self.name, Protocol="HTTP", Port=PORT, VpcId=vpc, TargetType="ip")
        arn = target["TargetGroups"][0]["TargetGroupArn"]
        forward = [{"Type": "forward", "TargetGroupArn": arn}]
        elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=forward)
        awsvpc = {"subnets": self.subnets, "securityGroups": [self.groups["service"]], "assignPublicIp": "DISABLED"}
        self.service_settings = {
            "networkConfiguration": {"awsvpcConfiguration": awsvpc},
            "loadBalancers": [{"targetGroupArn": arn, "containerName": "app", "containerPort": PORT}],
        }

    def rule(self, peer: str, port: int) -> dict[str, Any]:
        """Return a rule about TCP connections of a group with one of the system's groups."""
        pair = [{"GroupId": self.groups[peer]}]
        return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "UserIdGroupPairs": pair}

    def connect(self, part: str, peer: str, port: int) -> None:
        """Allow connections from the group of one part to the group of another part."""
        self._client("ec2").authorize_security_group_ingress(
            GroupId=self.groups[part], IpPermissions=[self.rule(peer, port)]
        )

    def disconnect(self, part: str, peer: str, port: int) -> None:
        """Remove the rule that `connect` has made."""
        self._client("ec2").revoke_security_group_ingress(
            GroupId=self.groups[part], IpPermissions=[self.rule(peer, port)]
        )

    def _create_database(self) -> None:
        rds = self._client("rds")
        rds.create_db_subnet_group(
            DBSubnetGroupName=self.name, DBSubnetGroupDescription="private", SubnetIds=self.subnets
        )
        size = {"Engine": "postgres", "DBInstanceClass": "db.t4g.micro", "AllocatedStorage": 20}
        rds.create_db_instance(
            DBInstanceIdentifier=self.name,
            MasterUsername="owner",
            ManageMasterUserPassword=True,
            DBSubnetGroupName=self.name,
            VpcSecurityGroupIds=[self.groups["database"]],
            Port=DATABASE_PORT,
            EnableCloudwatchLogsExports=["postgresql"],
            **size,
        )


def complete(name: str) -> Complete:
    """Deploy a system whose service runs an image."""
    made = Complete(clients(), name, by_digest=True, service_name=name)
    made.create()
    made.over(made.executions()[0]["pipelineExecutionId"])
    return made
