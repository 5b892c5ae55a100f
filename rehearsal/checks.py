"""What a rehearsal looks at in the deployed system: each check says what it saw, or raises CheckError."""

import json
from typing import Any

from rehearsal.system import CheckError, System, expect

TO_HTTPS = {
    "Protocol": "HTTPS",
    "Port": "443",
    "Host": "#{host}",
    "Path": "/#{path}",
    "Query": "#{query}",
    "StatusCode": "HTTP_301",
}
"""The same address over HTTPS, for good."""


def repository_url_reaches_the_build(system: System) -> str:
    """CodeBuild holds the URL that ECR gave the repository, and its command names variables only."""
    variables = _build_variables(system)
    expect("CodeBuild's REPOSITORY_URI", variables.get("REPOSITORY_URI"), system.repository()["repositoryUri"])

    buildspec = system.build_project()["source"]["buildspec"]
    [command] = json.loads(buildspec)["phases"]["build"]["commands"]
    if "$REPOSITORY_URI" not in command or "$CONTAINER_NAME" not in command:
        raise CheckError(f"the buildspec's command names no variable: {command}")
    for reference in ("${", "TfToken", system.repository_url):
        if reference in buildspec:
            raise CheckError(f"the buildspec holds {reference!r} where the shell should see a variable: {command}")
    return f"REPOSITORY_URI = {variables['REPOSITORY_URI']}"


def one_container_name(system: System) -> str:
    """The task definition, the load balancer and the build mean the same container."""
    name = system.container()["name"]
    expect("CodeBuild's CONTAINER_NAME", _build_variables(system).get("CONTAINER_NAME"), name)
    [load_balancer] = system.service()["loadBalancers"]
    expect("the container that the load balancer reaches", load_balancer["containerName"], name)
    return f"container {name}"


def push_starts_the_pipeline(system: System) -> str:
    """An enabled rule matches pushes of watched tags, and starts the pipeline with the digest that was pushed."""
    action = system.actions()["ECR"]
    source = action["configuration"]
    expect("the repository of the pipeline's source action", source["RepositoryName"], system.repository_name)
    events = system.aws.client("events")
    arn = system.aws.client("codepipeline").get_pipeline(name=system.pipeline_name)["metadata"]["pipelineArn"]
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
    transformer = target.get("InputTransformer", {"InputPathsMap": {}, "InputTemplate": "{}"})
    expect("what the target takes from the event", transformer["InputPathsMap"], {"digest": "$.detail.image-digest"})
    revision = {"actionName": action["name"], "revisionType": "IMAGE_DIGEST", "revisionValue": "<digest>"}
    expect("the input of the target", json.loads(transformer["InputTemplate"]), {"sourceRevisions": [revision]})
    return f"rule {names[0]}, tag {watched if isinstance(watched, str) else json.dumps(watched)}"


def https_only(system: System) -> str:
    """HTTPS with an issued certificate forwards to the service; HTTP redirects to it, for good; there is no other way.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RedirectActionConfig.html
    """
    [group] = [balancer["targetGroupArn"] for balancer in system.service()["loadBalancers"]]
    elb = system.aws.client("elbv2")
    [balancer] = set(elb.describe_target_groups(TargetGroupArns=[group])["TargetGroups"][0]["LoadBalancerArns"])
    listeners = {found["Port"]: found for found in elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"]}
    protocols = {port: listener["Protocol"] for port, listener in listeners.items()}
    expect("what listens", protocols, {80: "HTTP", 443: "HTTPS"})
    for port, listener in listeners.items():
        rules = elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
        expect(f"how many rules port {port} has", len(rules), 1)

    redirects = [(action["Type"], action.get("RedirectConfig")) for action in listeners[80]["DefaultActions"]]
    expect("what port 80 does", redirects, [("redirect", TO_HTTPS)])
    forwards = [(action["Type"], action.get("TargetGroupArn")) for action in listeners[443]["DefaultActions"]]
    expect("what port 443 does", forwards, [("forward", group)])
    certificate = listeners[443]["Certificates"][0]["CertificateArn"]
    answer = system.aws.client("acm").describe_certificate(CertificateArn=certificate)["Certificate"]
    expect("the certificate's status", answer["Status"], "ISSUED")
    return f"https://{answer['DomainName']}, {listeners[443]['SslPolicy']}"


def database_is_private(system: System) -> str:
    """The database is encrypted and reachable from the service's security group only, on its port."""
    instance = system.database()
    expect("the database's public access", instance["PubliclyAccessible"], False)  # noqa: FBT003 - an expected value
    expect("the database's encryption", instance["StorageEncrypted"], True)  # noqa: FBT003 - an expected value

    own = [group["VpcSecurityGroupId"] for group in instance["VpcSecurityGroups"]]
    groups = system.aws.client("ec2").describe_security_groups(GroupIds=own)["SecurityGroups"]
    admitted = [
        rule | {"UserIdGroupPairs": [pair["GroupId"] for pair in rule["UserIdGroupPairs"]]}
        for group in groups
        for rule in group["IpPermissions"]
    ]
    port = instance["Endpoint"]["Port"]
    peers = system.service()["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"]
    nobody: dict[str, list[Any]] = {"IpRanges": [], "Ipv6Ranges": [], "PrefixListIds": []}
    service = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "UserIdGroupPairs": peers}
    expect("who may reach the database", admitted, [service | nobody])
    return f"{instance['Engine']} {instance['EngineVersion']}, from the service only"


def password_stays_with_rds(system: System) -> str:
    """The container gets the login as ECS secrets out of the secret that RDS manages; none stands in clear."""
    arn: str = system.database()["MasterUserSecret"]["SecretArn"]
    secrets = {secret["name"]: secret["valueFrom"] for secret in system.container()["secrets"]}
    login = {"DB_PASSWORD": f"{arn}:password::", "DB_USER": f"{arn}:username::"}
    expect("the container's login", {name: secrets.get(name) for name in login}, login)
    value = system.aws.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    if json.loads(value)["password"] in json.dumps(system.task_definition()):
        raise CheckError("the task definition holds the database's password in clear")
    return f"secret {arn.rsplit(':', 1)[1]}"


def tasks_are_private(system: System) -> str:
    """The tasks run in subnets without public addresses."""
    network: dict[str, Any] = system.service()["networkConfiguration"]["awsvpcConfiguration"]
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
