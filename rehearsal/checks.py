"""The checks of the deployed system: each returns what it saw, or raises CheckError."""

import json
from typing import TYPE_CHECKING

from operations.json_types import JsonObject
from rehearsal.system import CheckError, System, expect

if TYPE_CHECKING:
    from types_boto3_elbv2 import ElasticLoadBalancingv2Client
    from types_boto3_events import EventBridgeClient

TO_HTTPS = {
    "Protocol": "HTTPS",
    "Port": "443",
    "Host": "#{host}",
    "Path": "/#{path}",
    "Query": "#{query}",
    "StatusCode": "HTTP_301",
}
"""A permanent redirect to the same address over HTTPS."""


def repository_url_reaches_the_build(system: System) -> str:
    """Check that CodeBuild has the repository's URL as a variable, and that the build command uses only variables."""
    variables = _build_variables(system)
    expect("CodeBuild's REPOSITORY_URI", variables.get("REPOSITORY_URI"), system.repository()["repositoryUri"])

    buildspec = system.build_project()["source"]["buildspec"]
    [command] = json.loads(buildspec)["phases"]["build"]["commands"]
    if "$REPOSITORY_URI" not in command or "$CONTAINER_NAME" not in command:
        raise CheckError(f"the buildspec's command must use $REPOSITORY_URI and $CONTAINER_NAME, got {command}")
    for reference in ("${", "TfToken", system.repository_url):
        if reference in buildspec:
            raise CheckError(f"the buildspec must contain only shell variables, but contains {reference!r}: {command}")
    return f"REPOSITORY_URI = {variables['REPOSITORY_URI']}"


def one_container_name(system: System) -> str:
    """Check that the task definition, the load balancer and the build name the same container."""
    name = system.container()["name"]
    expect("CodeBuild's CONTAINER_NAME", _build_variables(system).get("CONTAINER_NAME"), name)
    [load_balancer] = system.service()["loadBalancers"]
    expect("the container that the load balancer reaches", load_balancer["containerName"], name)
    return f"container {name}"


def push_starts_the_pipeline(system: System) -> str:
    """Check that one rule matches pushes of watched tags, and starts the pipeline with the pushed digest."""
    action = system.actions()["ECR"]
    source = action["configuration"]
    expect("the repository of the pipeline's source action", source["RepositoryName"], system.repository_name)
    events: EventBridgeClient = system.aws.client("events")
    arn = system.codepipeline.get_pipeline(name=system.pipeline_name)["metadata"]["pipelineArn"]
    names = events.list_rule_names_by_target(TargetArn=arn)["RuleNames"]
    if len(names) != 1:
        raise CheckError(f"one rule must have the pipeline {system.pipeline_name} as its target, found {names}")
    rule = events.describe_rule(Name=names[0])
    expect(f"the state of rule {names[0]}", rule["State"], "ENABLED")
    pattern = json.loads(rule["EventPattern"])
    [watched] = pattern["detail"].pop("image-tag")
    if isinstance(watched, str):
        expect("the tag of the pipeline's source action", source["ImageTag"], watched)
    expect(
        f"the pattern of rule {names[0]}",
        pattern,
        {
            "source": ["aws.ecr"],
            "detail-type": ["ECR Image Action"],
            "detail": {
                "action-type": ["PUSH"],
                "result": ["SUCCESS"],
                "repository-name": [system.repository_name],
                "artifact-media-type": [
                    {"exists": False},
                    {"anything-but": {"prefix": "application/vnd.buildkit."}},
                ],
            },
        },
    )
    [target] = events.list_targets_by_rule(Rule=names[0])["Targets"]
    transformer: JsonObject = target.get("InputTransformer", {"InputPathsMap": {}, "InputTemplate": "{}"})
    expect("the InputPathsMap of the target", transformer["InputPathsMap"], {"digest": "$.detail.image-digest"})
    revision = {"actionName": action["name"], "revisionType": "IMAGE_DIGEST", "revisionValue": "<digest>"}
    expect("the input of the target", json.loads(transformer["InputTemplate"]), {"sourceRevisions": [revision]})
    return f"rule {names[0]}, tag {watched if isinstance(watched, str) else json.dumps(watched)}"


def https_only(system: System) -> str:
    """Check that HTTPS forwards to the service, that HTTP redirects permanently, and that no other port is open.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RedirectActionConfig.html
    """
    [group] = [balancer["targetGroupArn"] for balancer in system.service()["loadBalancers"]]
    elb: ElasticLoadBalancingv2Client = system.aws.client("elbv2")
    [balancer] = set(elb.describe_target_groups(TargetGroupArns=[group])["TargetGroups"][0]["LoadBalancerArns"])
    listeners = {found["Port"]: found for found in elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"]}
    protocols = {port: listener["Protocol"] for port, listener in listeners.items()}
    expect("the protocol of each port", protocols, {80: "HTTP", 443: "HTTPS"})
    for port, listener in listeners.items():
        rules = elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
        expect(f"the number of rules of port {port}", len(rules), 1)

    redirects = [(action["Type"], action.get("RedirectConfig")) for action in listeners[80]["DefaultActions"]]
    expect("the action of port 80", redirects, [("redirect", TO_HTTPS)])
    forwards = [(action["Type"], action.get("TargetGroupArn")) for action in listeners[443]["DefaultActions"]]
    expect("the action of port 443", forwards, [("forward", group)])
    certificate = listeners[443]["Certificates"][0]["CertificateArn"]
    answer = system.aws.client("acm").describe_certificate(CertificateArn=certificate)["Certificate"]
    expect("the certificate's status", answer["Status"], "ISSUED")
    return f"https://{answer['DomainName']}, {listeners[443]['SslPolicy']}"


def database_is_private(system: System) -> str:
    """Check that the database is encrypted, and that only the service's security group can reach its port."""
    instance = system.database()
    expect("the database's public access", instance["PubliclyAccessible"], False)  # noqa: FBT003 - an expected value
    expect("the database's encryption", instance["StorageEncrypted"], True)  # noqa: FBT003 - an expected value

    own = [group["VpcSecurityGroupId"] for group in instance["VpcSecurityGroups"]]
    groups = system.aws.client("ec2").describe_security_groups(GroupIds=own)["SecurityGroups"]
    allowed = [
        rule | {"UserIdGroupPairs": [pair["GroupId"] for pair in rule["UserIdGroupPairs"]]}
        for group in groups
        for rule in group["IpPermissions"]
    ]
    port = instance["Endpoint"]["Port"]
    peers = system.service()["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"]
    nobody: dict[str, object] = {"IpRanges": [], "Ipv6Ranges": [], "PrefixListIds": []}
    service: dict[str, object] = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "UserIdGroupPairs": peers}
    expect("the ingress of the database", allowed, [service | nobody])
    return f"{instance['Engine']} {instance['EngineVersion']}, from the service only"


def password_stays_with_rds(system: System) -> str:
    """Check that the container gets the login from the secret that RDS manages, and never as plain text."""
    arn = system.database()["MasterUserSecret"]["SecretArn"]
    secrets = {secret["name"]: secret["valueFrom"] for secret in system.container()["secrets"]}
    login = {"DB_PASSWORD": f"{arn}:password::", "DB_USER": f"{arn}:username::"}
    expect("the container's login", {name: secrets.get(name) for name in login}, login)
    value = system.aws.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    if json.loads(value)["password"] in json.dumps(system.task_definition(), default=str):
        raise CheckError("the task definition holds the database's password in plain text")
    return f"secret {arn.rsplit(':', 1)[1]}"


def tasks_are_private(system: System) -> str:
    """Check that the tasks run in subnets without public addresses."""
    network = system.service()["networkConfiguration"]["awsvpcConfiguration"]
    expect("the tasks' public IP", network["assignPublicIp"], "DISABLED")
    subnets = system.aws.client("ec2").describe_subnets(SubnetIds=network["subnets"])["Subnets"]
    expect(
        "subnets of the tasks with public addresses", [s["SubnetId"] for s in subnets if s["MapPublicIpOnLaunch"]], []
    )
    return f"zones {', '.join(sorted(subnet['AvailabilityZone'] for subnet in subnets))}"


CHECKS = [
    repository_url_reaches_the_build,
    one_container_name,
    push_starts_the_pipeline,
    https_only,
    database_is_private,
    password_stays_with_rds,
    tasks_are_private,
]


def _build_variables(system: System) -> dict[str, str]:
    variables = system.build_project()["environment"]["environmentVariables"]
    return {variable["name"]: variable["value"] for variable in variables}
