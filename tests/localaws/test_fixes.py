"""Every fix is needed: our server answers as AWS does, and moto alone does not."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from localaws import fixes
from localaws.acm import fixes as acm
from localaws.codebuild import fixes as codebuild
from localaws.codepipeline import fixes as codepipeline
from localaws.ec2 import fixes as ec2
from localaws.ecr import fixes as ecr
from localaws.ecs import fixes as ecs
from localaws.elbv2 import fixes as elbv2
from localaws.kms import fixes as kms
from localaws.rds import fixes as rds
from localaws.route53 import fixes as route53
from localaws.s3 import fixes as s3
from localaws.secretsmanager import fixes as secretsmanager
from localaws.server import LocalAws
from localaws.stepfunctions import fixes as stepfunctions
from modules.load_balancer import TLS_POLICY
from settings.values import RESERVED_DATABASE_NAMES
from tests.support.aws_pipeline import manifest

REGION = "us-east-1"  # the only one in which moto has a zone without Fargate
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-96ef-1234567890ab"
ROLE = "arn:aws:iam::123456789012:role/build"

Client = Callable[[str], Any]  # gives the boto3 client of a service
Scenario = Callable[[Client], object]  # uses AWS, and gives what it saw
CASES: dict[fixes.Fix, tuple[Scenario, object]] = {}


def case(fix: fixes.Fix, *, in_aws: object) -> Callable[[Scenario], Scenario]:
    """Say what a scenario sees in AWS, and thanks to which fix in ours."""

    def register(scenario: Scenario) -> Scenario:
        CASES[fix] = scenario, in_aws
        return scenario

    return register


ALL = [pytest.param(fix, id=f"{service}_{fix.__name__}") for service in fixes.SERVICES for fix in fixes.of(service)]


@pytest.mark.parametrize("fix", ALL)
def test_the_local_aws_answers_as_aws_does(fix: fixes.Fix, aws: LocalAws) -> None:
    scenario, in_aws = CASES[fix]

    assert _seen(scenario, aws.client) == in_aws


@pytest.mark.slow
@pytest.mark.parametrize("fix", ALL)
def test_moto_alone_still_needs_the_fix(fix: fixes.Fix, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario, in_aws = CASES[fix]
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)  # such as the endpoint of a rehearsal that was kept
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")  # they cost each test a third of a second

    with mock_aws():
        seen = _seen(scenario, lambda service: boto3.client(service, region_name=REGION))

    assert seen != in_aws, f"moto has caught up: delete {fix.__module__}.{fix.__name__} and its case"


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    with LocalAws.start(tmp_path_factory.mktemp("aws") / "log", region=REGION) as server:
        yield server


def _seen(scenario: Scenario, client: Client) -> object:
    try:
        return scenario(client)
    except (ClientError, NotImplementedError, StopIteration) as error:
        return str(error)


def _create_project(client: Client, **settings: object) -> Any:
    defaults = {
        "source": {"type": "NO_SOURCE", "location": "-"},
        "artifacts": {"type": "NO_ARTIFACTS"},
        "environment": {"type": "LINUX_CONTAINER", "image": "i", "computeType": "BUILD_GENERAL1_SMALL"},
        "serviceRole": ROLE,
    }
    return client("codebuild").create_project(**defaults | settings)["project"]


@case(
    codebuild.takes_the_source_of_a_pipeline,
    in_aws=({"type": "CODEPIPELINE", "buildspec": "version: 0.2"}, {"type": "CODEPIPELINE"}),
)
def a_project_of_a_pipeline(client: Client) -> object:
    source = {"type": "CODEPIPELINE", "buildspec": "version: 0.2"}
    project = _create_project(client, name="piped", source=source, artifacts={"type": "CODEPIPELINE"})
    return project["source"], project["artifacts"]


@case(
    codebuild.knows_every_environment,
    in_aws=[
        {"type": "ARM_LAMBDA_CONTAINER", "image": "i", "computeType": "BUILD_LAMBDA_1GB"},
        "Invalid type provided: BUILD_LAMBDA_3GB",
    ],
)
def a_project_on_lambda(client: Client) -> object:
    environment = {"type": "ARM_LAMBDA_CONTAINER", "image": "i", "computeType": "BUILD_LAMBDA_1GB"}
    project = _create_project(client, name="on-lambda", environment=environment)
    with pytest.raises(ClientError) as refusal:
        _create_project(client, name="refused", environment=environment | {"computeType": "BUILD_LAMBDA_3GB"})
    return [project["environment"], refusal.value.response["Error"]["Message"]]


@case(codebuild.keeps_every_setting_of_a_project, in_aws=[2, "new"])
def a_project_that_is_changed(client: Client) -> object:
    _create_project(client, name="changed", concurrentBuildLimit=2)
    client("codebuild").update_project(name="changed", description="new")
    [project] = client("codebuild").batch_get_projects(names=["changed"])["projects"]
    return [project["concurrentBuildLimit"], project["description"]]


@case(codebuild.deletes_projects_by_arn, in_aws=[])
def a_project_that_is_deleted(client: Client) -> object:
    project = _create_project(client, name="deleted")
    client("codebuild").delete_project(name=project["arn"])
    return client("codebuild").batch_get_projects(names=["deleted"])["projects"]


@case(codepipeline.gives_times_as_numbers, in_aws=[float, float])
def the_times_of_a_pipeline(client: Client) -> object:
    """boto3 reads texts as times too, so this looks at what is sent."""
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "codepipeline.amazonaws.com"}}
    role = client("iam").create_role(RoleName="pipeline", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
    kind = {"owner": "AWS", "provider": "ECR", "version": "1"}
    stages = [
        {"name": name, "actions": [{"name": name, "actionTypeId": {"category": name, **kind}}]}
        for name in ("Source", "Deploy")
    ]
    codepipeline = client("codepipeline")
    store = {"type": "S3", "location": "artifacts"}
    declaration = {"name": "timed", "roleArn": role["Role"]["Arn"], "artifactStore": store, "stages": stages}
    codepipeline.create_pipeline(pipeline=declaration)
    sent: list[dict[str, Any]] = []
    codepipeline.meta.events.register(
        "before-parse.codepipeline.GetPipeline",
        lambda response_dict, **_: sent.append(json.loads(response_dict["body"])["metadata"]),
    )
    codepipeline.get_pipeline(name="timed")
    return [type(sent[0][name]) for name in ("created", "updated")]


def _create_service(client: Client, name: str, **settings: object) -> Any:
    ecs = client("ecs")
    ecs.create_cluster(clusterName=name)
    for image in ("first", "second"):
        ecs.register_task_definition(family=name, containerDefinitions=[{"name": "app", "image": image, "memory": 8}])
    ecs.create_service(cluster=name, serviceName=name, taskDefinition=f"{name}:1", desiredCount=2, **settings)
    return ecs


@case(ecs.keeps_every_setting_of_a_service, in_aws=[60, {"enable": True, "rollback": True}])
def a_service_with_settings(client: Client) -> object:
    breaker = {"enable": True, "rollback": True}
    ecs = _create_service(
        client,
        "settings",
        healthCheckGracePeriodSeconds=60,
        deploymentConfiguration={"deploymentCircuitBreaker": breaker},
    )
    [service] = ecs.describe_services(cluster="settings", services=["settings"])["services"]
    return [
        service.get("healthCheckGracePeriodSeconds"),
        service.get("deploymentConfiguration", {}).get("deploymentCircuitBreaker"),
    ]


ARN = "arn:aws:ecs:us-east-1:123456789012:task-definition/updated"


@case(ecs.keeps_what_an_update_does_not_name, in_aws=[[f"{ARN}:2", 3], [f"{ARN}:2", 3], 3])
def a_service_that_is_updated(client: Client) -> object:
    ecs = _create_service(client, "updated")

    def shown() -> list[object]:
        [service] = ecs.describe_services(cluster="updated", services=["updated"])["services"]
        return [service["taskDefinition"], service["runningCount"]]

    ecs.update_service(cluster="updated", service="updated", taskDefinition="updated:2", desiredCount=3)
    updated = shown()
    ecs.update_service(cluster="updated", service="updated", healthCheckGracePeriodSeconds=60)
    [cluster] = ecs.describe_clusters(clusters=["updated"])["clusters"]
    return [updated, shown(), cluster["runningTasksCount"]]


@case(ecr.tells_where_a_layer_lies, in_aws=["https://", f"sha256:{'1' * 64}"])
def where_a_layer_lies(client: Client) -> object:
    ecr = client("ecr")
    ecr.create_repository(repositoryName="layers")
    answer = ecr.get_download_url_for_layer(repositoryName="layers", layerDigest=f"sha256:{'1' * 64}")
    return [answer["downloadUrl"][:8], answer["layerDigest"]]


@case(ecs.lists_no_deleted_cluster, in_aws=[False, ["INACTIVE"]])
def a_cluster_that_is_deleted(client: Client) -> object:
    ecs = client("ecs")
    arn = ecs.create_cluster(clusterName="deleted")["cluster"]["clusterArn"]
    ecs.delete_cluster(cluster="deleted")
    known = ecs.describe_clusters(clusters=["deleted"])["clusters"]
    return [arn in ecs.list_clusters()["clusterArns"], [cluster["status"] for cluster in known]]


@case(acm.issues_once_the_records_exist, in_aws=["PENDING_VALIDATION", "ISSUED"])
def a_certificate_and_its_record(client: Client) -> object:
    acm, route53 = client("acm"), client("route53")
    arn = acm.request_certificate(DomainName="app.example.com", ValidationMethod="DNS")["CertificateArn"]
    before = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    record = before["DomainValidationOptions"][0]["ResourceRecord"]
    zone = route53.create_hosted_zone(Name="example.com", CallerReference="once")["HostedZone"]["Id"]
    records = {"Name": record["Name"], "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": record["Value"]}]}
    change = {"Action": "CREATE", "ResourceRecordSet": records}
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})
    after = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    return [before["Status"], after["Status"]]


def _manifest(size: int) -> str:
    layer = {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": f"sha256:{'0' * 64}", "size": size}
    return json.dumps({"mediaType": "application/vnd.oci.image.manifest.v1+json", "layers": [layer, layer]})


@case(
    ecr.digests_the_manifest,
    in_aws=[f"sha256:{hashlib.sha256(_manifest(7).encode()).hexdigest()}", 14],
)
def an_image(client: Client) -> object:
    ecr = client("ecr")
    ecr.create_repository(repositoryName="digests")
    ecr.put_image(repositoryName="digests", imageManifest=_manifest(7), imageTag="latest")
    [image] = ecr.describe_images(repositoryName="digests")["imageDetails"]
    return [image["imageDigest"], image["imageSizeInBytes"]]


@case(ecr.keeps_an_image_that_lost_its_tag, in_aws=[(1, None, None), (2, ["latest"], "latest")])
def two_images_under_one_tag(client: Client) -> object:
    ecr = client("ecr")
    ecr.create_repository(repositoryName="tags")
    digests = [
        ecr.put_image(repositoryName="tags", imageManifest=manifest, imageTag="latest")["image"]["imageId"][
            "imageDigest"
        ]
        for manifest in (_manifest(1), _manifest(2), _manifest(1), _manifest(2))
    ]
    seen = []
    for image in ecr.describe_images(repositoryName="tags")["imageDetails"]:
        digest = image["imageDigest"]
        [held] = ecr.batch_get_image(repositoryName="tags", imageIds=[{"imageDigest": digest}])["images"]
        seen.append((digests.index(digest) + 1, image.get("imageTags"), held["imageId"].get("imageTag")))
    return seen


@case(ec2.keeps_the_description_of_every_rule, in_aws=["from within"])
def a_rule_between_security_groups(client: Client) -> object:
    ec2 = client("ec2")
    group = ec2.create_security_group(GroupName="described", Description="d")["GroupId"]
    peer = {"GroupId": group, "Description": "from within"}
    permission = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "UserIdGroupPairs": [peer]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
    return [rule.get("Description") for rule in rules if not rule["IsEgress"]]


@case(ec2.names_the_rule_that_is_gone, in_aws=["InvalidSecurityGroupRuleId.NotFound"] * 2)
def a_rule_that_is_revoked_twice(client: Client) -> object:
    ec2 = client("ec2")
    group = ec2.create_security_group(GroupName="revoked", Description="d")["GroupId"]
    permission = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    codes = []
    for direction in ("ingress", "egress"):
        authorize = getattr(ec2, f"authorize_security_group_{direction}")
        [rule] = authorize(GroupId=group, IpPermissions=[permission])["SecurityGroupRules"]
        revoke = getattr(ec2, f"revoke_security_group_{direction}")
        revoke(GroupId=group, SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])
        with pytest.raises(ClientError) as refusal:
            revoke(GroupId=group, SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])
        codes.append(refusal.value.response["Error"]["Code"])
    return codes


@case(ec2.keeps_the_icmp_type_of_an_acl_entry, in_aws=[{"Type": 3, "Code": -1}])
def an_acl_entry_for_icmp(client: Client) -> object:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    entry = {"RuleNumber": 110, "Protocol": "1", "RuleAction": "allow", "Egress": False, "CidrBlock": "0.0.0.0/0"}
    ec2.create_network_acl_entry(NetworkAclId=acl, **entry, IcmpTypeCode={"Type": 3, "Code": -1})
    [made] = ec2.describe_network_acls(NetworkAclIds=[acl])["NetworkAcls"]
    return [entry.get("IcmpTypeCode") for entry in made["Entries"] if entry["RuleNumber"] == 110]


@case(
    ec2.refuses_to_replace_an_unknown_acl_association,
    in_aws=["InvalidAssociationID.NotFound", "InvalidNetworkAclID.NotFound", True],
)
def an_acl_association_that_is_gone(client: Client) -> object:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.2.0.0/24")["Subnet"]["SubnetId"]

    def association() -> str:
        acls = ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": [subnet]}])
        [found] = [one for acl in acls["NetworkAcls"] for one in acl["Associations"] if one["SubnetId"] == subnet]
        return str(found["NetworkAclAssociationId"])

    def error_of_replacing(association_id: str, acl: str) -> str:
        try:
            ec2.replace_network_acl_association(AssociationId=association_id, NetworkAclId=acl)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return ""

    before = association()
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    gone, unknown = error_of_replacing("aclassoc-0", acl), error_of_replacing(before, "acl-0")
    return [gone, unknown, association() == before]


@case(ec2.deletes_the_acl_of_a_vpc_that_goes, in_aws=[1, 0])
def the_acl_of_a_vpc_that_is_deleted(client: Client) -> object:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    filters = [{"Name": "vpc-id", "Values": [vpc]}]
    before = ec2.describe_network_acls(Filters=filters)["NetworkAcls"]
    ec2.delete_vpc(VpcId=vpc)
    return [len(before), len(ec2.describe_network_acls(Filters=filters)["NetworkAcls"])]


@case(ecr.follows_lifecycle_policies, in_aws=["InvalidParameterException", ["keep"], ["other-1", "other-2"]])
def a_repository_with_lifecycle_policies(client: Client) -> object:
    ecr = client("ecr")
    ecr.create_repository(repositoryName="expires")

    def put_policy(*selections: tuple[str, int, list[str]]) -> Any:
        rules = [
            {
                "rulePriority": number,
                "selection": {
                    "tagStatus": status,
                    "countType": "imageCountMoreThan",
                    "countNumber": count,
                    **({"tagPatternList": patterns} if patterns else {}),
                },
                "action": {"type": "expire"},
            }
            for number, (status, count, patterns) in enumerate(selections, start=1)
        ]
        try:
            ecr.put_lifecycle_policy(repositoryName="expires", lifecyclePolicyText=json.dumps({"rules": rules}))
        except ClientError as error:
            return error.response["Error"]["Code"]
        return None

    refused = put_policy(("any", 2, []), ("tagged", 1, ["keep"]))
    put_policy(("tagged", 1, ["keep"]), ("any", 2, []))
    put_policy(("any", 2, []), ("tagged", 1, ["keep"]))  # refused, so the policy before it stays
    for tag in ("keep", "other-0", "other-1", "other-2"):
        ecr.put_image(repositoryName="expires", imageManifest=manifest(tag), imageTag=tag)
    tags = sorted(each["imageTag"] for each in ecr.list_images(repositoryName="expires")["imageIds"])
    return [refused, tags[:1], tags[1:]]


@case(elbv2.refuses_an_unknown_tls_policy, in_aws=["SSLPolicyNotFound", TLS_POLICY])
def listeners_with_an_unknown_and_a_known_tls_policy(client: Client) -> object:
    ec2, elb = client("ec2"), client("elbv2")
    vpc = ec2.create_vpc(CidrBlock="10.3.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.3.{index}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"][
            "SubnetId"
        ]
        for index, zone in enumerate("ab")
    ]
    balancer = elb.create_load_balancer(Name="tls", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    certificate = client("acm").request_certificate(DomainName="tls.example")["CertificateArn"]
    answer = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}

    def policy_of_a_listener(policy: str) -> Any:
        try:
            made = elb.create_listener(
                LoadBalancerArn=balancer,
                Protocol="HTTPS",
                Port=443,
                SslPolicy=policy,
                Certificates=[{"CertificateArn": certificate}],
                DefaultActions=[answer],
            )
        except ClientError as error:
            return error.response["Error"]["Code"]
        return made["Listeners"][0]["SslPolicy"]

    return [policy_of_a_listener("ELBSecurityPolicy-TLS14-2030-01"), policy_of_a_listener(TLS_POLICY)]


@case(
    ecs.fills_in_a_container,
    in_aws={
        "name": "app",
        "image": "i",
        "cpu": 0,
        "environment": [],
        "essential": True,
        "mountPoints": [],
        "portMappings": [],
        "volumesFrom": [],
        "linuxParameters": {"capabilities": {"add": [], "drop": ["ALL"]}},
    },
)
def a_container_without_what_ecs_fills_in(client: Client) -> object:
    container = {"name": "app", "image": "i", "linuxParameters": {"capabilities": {"drop": ["ALL"]}}}
    registered = client("ecs").register_task_definition(
        family="filled", containerDefinitions=[container], cpu="256", memory="512"
    )
    return registered["taskDefinition"]["containerDefinitions"][0]


@case(ecs.has_no_fargate_in_some_zones, in_aws=["Fargate is not available in use1-az3", "ACTIVE"])
def services_in_a_zone_without_and_in_one_with_fargate(client: Client) -> object:
    ec2, ecs = client("ec2"), client("ecs")
    vpc = ec2.create_vpc(CidrBlock="10.4.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="zones", Description="d", VpcId=vpc)["GroupId"]
    ecs.create_cluster(clusterName="zones")
    ecs.register_task_definition(family="zones", containerDefinitions=[{"name": "app", "image": "i", "memory": 8}])

    def service_in(zone: str, block: str) -> str:
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZoneId=zone)["Subnet"]["SubnetId"]
        try:
            made = ecs.create_service(
                cluster="zones",
                serviceName=zone,
                taskDefinition="zones",
                launchType="FARGATE",
                desiredCount=0,
                networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [group]}},
            )
        except ClientError as error:
            return str(error.response["Error"]["Message"].partition(",")[0])
        return str(made["service"]["status"])

    return [service_in("use1-az3", "10.4.0.0/24"), service_in("use1-az1", "10.4.1.0/24")]


@case(kms.tells_its_own_keys_from_a_customers, in_aws=["AWS", "CUSTOMER"])
def a_key_of_aws_and_one_of_ours(client: Client) -> object:
    kms = client("kms")
    keys = ["alias/aws/secretsmanager", kms.create_key()["KeyMetadata"]["KeyId"]]
    return [kms.describe_key(KeyId=key)["KeyMetadata"]["KeyManager"] for key in keys]


@case(rds.keeps_performance_insights, in_aws=[(False, None, None), (True, 7, KEY)])
def a_database_with_and_one_without_performance_insights(client: Client) -> object:
    asked_for = {"EnablePerformanceInsights": True, "PerformanceInsightsKMSKeyId": KEY}
    made = [
        client("rds").create_db_instance(
            DBInstanceIdentifier=name,
            Engine="postgres",
            DBInstanceClass="db.t4g.micro",
            AllocatedStorage=20,
            **insights,
        )["DBInstance"]
        for name, insights in (("unseen", {}), ("seen", asked_for))
    ]
    names = ("PerformanceInsightsEnabled", "PerformanceInsightsRetentionPeriod", "PerformanceInsightsKMSKeyId")
    return [tuple(instance.get(name) for name in names) for instance in made]


@case(
    rds.says_who_set_a_parameter,
    in_aws=[
        ("rds.force_ssl", "1", "system", "pending-reboot"),
        ("max_connections", "99", "user", "pending-reboot"),
        ("log_statement", "ddl", "user", "immediate"),
    ],
)
def parameters_with_and_without_their_default_value(client: Client) -> object:
    rds = client("rds")
    group = {"DBParameterGroupName": "parameters"}
    rds.create_db_parameter_group(**group, DBParameterGroupFamily="postgres16", Description="d")

    def modify(name: str, value: str, method: str) -> None:
        parameter = {"ParameterName": name, "ParameterValue": value, "ApplyMethod": method}
        rds.modify_db_parameter_group(**group, Parameters=[parameter])

    modify("rds.force_ssl", "1", "immediate")
    modify("max_connections", "99", "pending-reboot")
    modify("max_connections", "99", "immediate")
    modify("log_statement", "all", "pending-reboot")
    modify("log_statement", "ddl", "immediate")
    shown = ("ParameterName", "ParameterValue", "Source", "ApplyMethod")
    return [tuple(p.get(name) for name in shown) for p in rds.describe_db_parameters(**group)["Parameters"]]


def _create_database(client: Client, name: str, **settings: object) -> Any:
    defaults = {"Engine": "postgres", "DBInstanceClass": "db.t4g.micro", "AllocatedStorage": 20}
    return client("rds").create_db_instance(DBInstanceIdentifier=name, **defaults | settings)["DBInstance"]


@case(rds.has_the_default_certificate_authority, in_aws=["rds-ca-rsa2048-g1", "rds-ca-ecc384-g1"])
def databases_without_and_with_a_certificate_authority(client: Client) -> object:
    made = [
        _create_database(client, "default"),
        _create_database(client, "chosen", CACertificateIdentifier="rds-ca-ecc384-g1"),
    ]
    return [instance["CACertificateIdentifier"] for instance in made]


REFUSED = "InvalidParameterCombination"


@case(
    rds.keeps_the_rules_of_gp3_storage,
    in_aws={
        "created below": (399, 3_000, 125),
        "created below with IOPS": REFUSED,
        "created above": (400, 12_000, 500),
        "created above with the IOPS from below": REFUSED,
        "created above with the throughput from below": REFUSED,
        "raised across with the IOPS from below": REFUSED,
        "raised across": (440, 12_000, 500),
        "raised by little": (484, 12_000, 500),
        "raised in performance": (484, 15_000, 500),
        "changed otherwise": (484, 15_000, 500),
        "reduced": REFUSED,
    },
)
def databases_with_little_and_much_storage(client: Client) -> object:
    rds, gp3 = client("rds"), {"StorageType": "gp3"}

    def seen(ask: Callable[[], Any]) -> object:
        try:
            instance = ask()
        except ClientError as error:
            return error.response["Error"]["Code"]
        return tuple(instance.get(name) for name in ("AllocatedStorage", "Iops", "StorageThroughput"))

    def created(name: str, size: int, **settings: int) -> object:
        return seen(lambda: _create_database(client, name, AllocatedStorage=size, **gp3, **settings))

    def modified(**changes: object) -> object:
        return seen(lambda: rds.modify_db_instance(DBInstanceIdentifier="small", **changes)["DBInstance"])

    return {
        "created below": created("small", 399),
        "created below with IOPS": created("refused", 399, Iops=3_000),
        "created above": created("large", 400),
        "created above with the IOPS from below": created("refused", 400, Iops=3_000),
        "created above with the throughput from below": created("refused", 400, StorageThroughput=125),
        "raised across with the IOPS from below": modified(AllocatedStorage=440, Iops=3_000),
        "raised across": modified(AllocatedStorage=440, Iops=12_000, StorageThroughput=500),
        "raised by little": modified(AllocatedStorage=450),
        "raised in performance": modified(Iops=15_000),
        "changed otherwise": modified(MultiAZ=True),
        "reduced": modified(AllocatedStorage=400),
    }


@case(rds.refuses_reserved_database_names, in_aws=["InvalidParameterValue", "InvalidParameterValue", "orders"])
def databases_with_reserved_and_other_names(client: Client) -> object:
    def name_of(name: str) -> Any:
        try:
            return _create_database(client, name.lower(), DBName=name)["DBName"]
        except ClientError as error:
            return error.response["Error"]["Code"]

    return [name_of("db"), name_of("Table"), name_of("orders")]


def test_the_settings_refuse_the_database_names_that_rds_refuses() -> None:
    assert rds.RESERVED_NAMES == RESERVED_DATABASE_NAMES


@case(rds.tells_instances_apart, in_aws=[["one"], ["two"]])
def two_databases(client: Client) -> object:
    rds = client("rds")
    created = [
        rds.create_db_instance(
            DBInstanceIdentifier=name, Engine="postgres", DBInstanceClass="db.t4g.micro", AllocatedStorage=20
        )["DBInstance"]["DbiResourceId"]
        for name in ("one", "two")
    ]
    found = [
        rds.describe_db_instances(Filters=[{"Name": "dbi-resource-id", "Values": [id_]}])["DBInstances"]
        for id_ in created
    ]
    return [[instance["DBInstanceIdentifier"] for instance in instances] for instances in found]


@case(rds.makes_up_a_password_and_rotates_it, in_aws=["owner", 4])
def passwords_of_two_databases_before_and_after_a_rotation(client: Client) -> object:
    rds = client("rds")

    def login(name: str) -> dict[str, str]:
        [instance] = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
        arn = instance["MasterUserSecret"]["SecretArn"]
        found: dict[str, str] = json.loads(client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])
        return found

    passwords = set()
    for name in ("first", "second"):
        size = {"Engine": "postgres", "DBInstanceClass": "db.t4g.micro", "AllocatedStorage": 20}
        rds.create_db_instance(DBInstanceIdentifier=name, MasterUsername="owner", ManageMasterUserPassword=True, **size)
        passwords.add(login(name)["password"])
        rds.modify_db_instance(DBInstanceIdentifier=name, RotateMasterUserPassword=True, ApplyImmediately=True)
        passwords.add(login(name)["password"])
    return [login("first")["username"], len(passwords)]


@case(secretsmanager.gives_the_version_that_became_current, in_aws=["second", "first"])
def a_secret_that_goes_back_to_its_previous_version(client: Client) -> object:
    secrets = client("secretsmanager")
    first = secrets.create_secret(Name="back", SecretString="first")["VersionId"]
    second = secrets.put_secret_value(SecretId="back", SecretString="second")["VersionId"]
    seen = [secrets.get_secret_value(SecretId="back")["SecretString"]]
    secrets.update_secret_version_stage(
        SecretId="back", VersionStage="AWSCURRENT", RemoveFromVersionId=second, MoveToVersionId=first
    )
    return [*seen, secrets.get_secret_value(SecretId="back")["SecretString"]]


@case(stepfunctions.validates_definitions, in_aws=["OK", "FAIL"])
def definitions(client: Client) -> object:
    validate = client("stepfunctions").validate_state_machine_definition
    return [validate(definition=text)["result"] for text in ("{}", "{")]


@case(stepfunctions.lists_versions, in_aws=[[], ["2", "1"]])
def versions_of_a_state_machine(client: Client) -> object:
    states = client("stepfunctions")
    arns = [
        states.create_state_machine(name=name, definition="{}", roleArn=ROLE, publish=publish)["stateMachineArn"]
        for name, publish in (("plain", False), ("published", True))
    ]
    states.update_state_machine(stateMachineArn=arns[1], definition='{"Comment": "c"}', publish=True)
    versions = [states.list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"] for arn in arns]
    return [[version["stateMachineVersionArn"].rpartition(":")[2] for version in each] for each in versions]


@case(route53.zone_ids_begin_with_z, in_aws={"/hostedzone/Z"})
def ids_of_many_zones(client: Client) -> object:
    zones = [
        client("route53").create_hosted_zone(Name=f"zone-{number}.com", CallerReference=str(number))["HostedZone"]
        for number in range(10)
    ]
    return {zone["Id"][: len("/hostedzone/Z")] for zone in zones}


@case(s3.leaves_bucket_policies_to_the_runner, in_aws="stored")
def a_bucket_that_refuses_under_conditions_and_others(client: Client) -> object:
    s3 = client("s3")
    s3.create_bucket(Bucket="refuses")
    statements = [
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": ["arn:aws:s3:::refuses", "arn:aws:s3:::refuses/*"],
        }
        | narrowed
        for narrowed in (
            {"Condition": {"Bool": {"aws:SecureTransport": "false"}}},
            {"Condition": {"StringNotEquals": {"aws:PrincipalAccount": "123456789012"}}},
            {"Principal": {"AWS": "arn:aws:iam::999999999999:root"}},
        )
    ]
    s3.put_bucket_policy(Bucket="refuses", Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    s3.put_object(Bucket="refuses", Key="object", Body=b"stored")
    return s3.get_object(Bucket="refuses", Key="object")["Body"].read().decode()
