"""What AWS does and moto does not, of all that the deployment meets.

Each fix names the AWS page that it follows, and is dropped when its test says that moto has caught up.
"""
# mypy: disable-error-code="assignment, attr-defined, method-assign"
# To replace what moto's classes do is the purpose of this module.

import base64
import hashlib
import json
import math
from collections.abc import Callable, Iterable
from secrets import token_hex
from typing import Any, cast
from uuid import uuid4

from botocore import xform_name
from botocore.session import get_session


def apply(service: str) -> None:
    """Apply the fixes for one service, in this process. To be called once, before the service's first request.

    moto loads a service when it is first asked for; so does each fix, or the server would start three times slower.
    """
    for fix in FIXES.get(service, ()):
        fix()


def codebuild_takes_the_source_of_a_pipeline() -> None:
    """A project of a pipeline has no location of source and artifacts; moto: "Project source location is required".

    https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ProjectSource.html
    """
    from moto.codebuild import responses

    def unless_of_a_pipeline(validate: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
        return lambda given: None if given["type"] == "CODEPIPELINE" else validate(given)

    for name in ("_validate_required_params_source", "_validate_required_params_artifacts"):
        setattr(responses, name, unless_of_a_pipeline(getattr(responses, name)))


def codebuild_knows_every_environment() -> None:
    """Environments and compute types are those of the API, Lambda among them; moto's lists are old.

    https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ProjectEnvironment.html
    """
    from moto.codebuild import responses
    from moto.codebuild.exceptions import InvalidInputException

    members = get_session().get_service_model("codebuild").shape_for("ProjectEnvironment").members

    def validate(environment: dict[str, Any]) -> None:
        for name in ("type", "computeType"):
            if environment[name] not in members[name].enum:
                raise InvalidInputException(f"Invalid type provided: {environment[name]}")

    responses._validate_required_params_environment = validate


def codebuild_keeps_every_setting_of_a_project() -> None:
    """CreateProject keeps all that it is given and UpdateProject replaces it; moto drops some, and lacks the second.

    https://docs.aws.amazon.com/codebuild/latest/APIReference/API_UpdateProject.html
    """
    from moto.codebuild.exceptions import ResourceNotFoundException
    from moto.codebuild.responses import CodeBuildResponse as Response
    from moto.core.responses import ActionResult
    from moto.core.utils import unix_time

    create = Response.create_project

    def create_project(self: Response) -> ActionResult:
        create(self)
        return update_project(self)

    def update_project(self: Response) -> ActionResult:
        settings = json.loads(self.body)
        name = settings.pop("name").rpartition("/")[2]
        project = self.codebuild_backend.codebuild_projects.get(name)
        if not project:
            raise ResourceNotFoundException(f"Project cannot be found: {name}")
        project.project_metadata |= settings | {"lastModifiedDate": unix_time()}
        return ActionResult({"project": project.project_metadata})

    Response.create_project, Response.update_project = create_project, update_project


def codebuild_deletes_projects_by_arn() -> None:
    """DeleteProject takes a name or an ARN, as the provider gives; moto says yes to an ARN and deletes nothing.

    https://docs.aws.amazon.com/codebuild/latest/APIReference/API_DeleteProject.html
    """
    from moto.codebuild.models import CodeBuildBackend

    delete = CodeBuildBackend.delete_project

    def delete_project(self: CodeBuildBackend, project: str) -> None:
        delete(self, project.rpartition("/")[2])

    CodeBuildBackend.delete_project = delete_project


def codepipeline_gives_times_as_numbers() -> None:
    """`created` and `updated` are numbers, as in every JSON protocol; moto's are texts, at which the provider fails.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PipelineMetadata.html
    """
    from moto.codepipeline.models import CodePipeline
    from moto.core.utils import unix_time

    def metadata(self: CodePipeline) -> dict[str, Any]:
        return {"pipelineArn": self._arn, "created": unix_time(self._created), "updated": unix_time(self._updated)}

    CodePipeline.metadata = property(metadata)


def ecs_keeps_every_setting_of_a_service() -> None:
    """DescribeServices tells all that CreateService was given; moto drops the grace period and more.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
    """
    from moto.core.responses import ActionResult
    from moto.ecs.responses import EC2ContainerServiceResponse as Response

    create = Response.create_service

    def create_service(self: Response) -> ActionResult:
        created = create(self)
        service: Any = created.result["service"]  # type: ignore[index] # moto types it as an object
        for name, value in self._get_params().items():
            if not hasattr(service, xform_name(name)):
                setattr(service, xform_name(name), value)
        return created

    Response.create_service = create_service


def ecs_keeps_what_an_update_does_not_name() -> None:
    """An update leaves the running tasks alone unless it names their count, and names a revision by its ARN.

    moto forgets the tasks, and repeats what the request called the revision.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
    """
    from moto.ecs.models import EC2ContainerServiceBackend as Backend
    from moto.ecs.models import Service

    update = Backend.update_service

    def update_service(self: Backend, settings: dict[str, Any]) -> Service:
        service = self._get_service(settings.get("cluster", "default"), settings["service"].split("/")[-1])
        settings["desired_count"] = settings.get("desired_count", service.desired_count)
        if settings.get("task_definition"):
            settings["task_definition"] = self.describe_task_definition(settings["task_definition"]).arn
        return update(self, settings)

    Backend.update_service = update_service


def ecs_lists_no_deleted_cluster() -> None:
    """ListClusters gives the clusters that exist, while DescribeClusters still knows a deleted one; moto gives all.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteCluster.html
    """
    from moto.ecs.models import EC2ContainerServiceBackend as Backend

    def list_clusters(self: Backend) -> list[str]:
        return [cluster.arn for cluster in self.clusters.values() if cluster.status == "ACTIVE"]

    Backend.list_clusters = list_clusters


def acm_issues_once_the_records_exist() -> None:
    """A certificate is issued when its CNAME records are in DNS, here at once; moto waits for a minute instead.

    https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html
    """
    from moto import settings
    from moto.acm.models import AWSCertificateManagerBackend as Backend
    from moto.acm.models import CertBundle
    from moto.route53.models import route53_backends

    settings.ACM_VALIDATION_WAIT = math.inf
    get = Backend.get_certificate

    def get_certificate(self: Backend, arn: str) -> CertBundle:
        certificate = get(self, arn)
        in_dns = {
            (record.name, value.rstrip("."))
            for zone in route53_backends[self.account_id][self.partition].zones.values()
            for record in zone.rrsets
            if record.type == "CNAME"
            for value in record.records
        }
        options = certificate.describe()["Certificate"].get("DomainValidationOptions", [])
        wanted = {(o["ResourceRecord"]["Name"], o["ResourceRecord"]["Value"].rstrip(".")) for o in options}
        if certificate.status == "PENDING_VALIDATION" and wanted <= in_dns:
            certificate.status = "ISSUED"
        return certificate

    Backend.get_certificate = get_certificate


def ecr_digests_the_manifest() -> None:
    """An image's digest is the SHA-256 of its manifest and its size that of its layers; moto makes up both.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageDetail.html
    """
    from moto.ecr.models import Image

    def get_image_digest(self: Image) -> str:
        return f"sha256:{hashlib.sha256(self.image_manifest.encode()).hexdigest()}"

    def get_image_size_in_bytes(self: Image) -> int:
        return sum(layer["size"] for layer in json.loads(self.image_manifest).get("layers", []))

    Image.get_image_digest = get_image_digest
    Image.get_image_size_in_bytes = get_image_size_in_bytes


def ecr_keeps_an_image_that_lost_its_tag() -> None:
    """A push moves an existing tag and the image that had it stays, untagged; moto deletes that image.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-retag.html
    """
    from moto.ecr.models import ECRBackend, Image

    put = ECRBackend.put_image

    def put_image(self: ECRBackend, repository_name: str, image_manifest: str, image_tag: str, *args: Any) -> Image:
        repository = self._get_repository(repository_name)
        for image in self._resolve_image_tag_mutability(repository, image_tag):
            if image.image_manifest != image_manifest:
                image.remove_tag(image_tag)
                image.image_tag = next(reversed(image.image_tags), None)
        return put(self, repository_name, image_manifest, image_tag, *args)

    ECRBackend.put_image = put_image


def ecr_tells_where_a_layer_lies() -> None:
    """GetDownloadUrlForLayer gives an address in S3 for a while; moto lacks it. Nothing is to be had at this one.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetDownloadUrlForLayer.html
    """
    from moto.core.responses import ActionResult
    from moto.ecr.responses import ECRResponse as Response

    def get_download_url_for_layer(self: Response) -> ActionResult:
        digest = self._get_param("layerDigest")
        url = f"https://prod-{self.region}-starport-layer-bucket.s3.{self.region}.amazonaws.com/{digest}"
        return ActionResult({"downloadUrl": url, "layerDigest": digest})

    Response.get_download_url_for_layer = get_download_url_for_layer


def ec2_keeps_the_description_of_every_rule() -> None:
    """A rule's description is kept whatever its peer is; moto shows it only if the peer is an address range.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRule.html
    """
    from moto.ec2.models.security_groups import SecurityGroupRule as Rule

    Rule.description = property(lambda self: (self.ip_range | self.source_group).get("Description"))


def ec2_names_the_rule_that_is_gone() -> None:
    """To revoke a rule by an id that is gone is InvalidSecurityGroupRuleId.NotFound, which the provider takes for done.

    moto answers InvalidPermission.NotFound, as for a rule that is given by its properties.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    """
    from moto.ec2.exceptions import InvalidPermissionNotFoundError, InvalidSecurityGroupRuleIdNotFoundError
    from moto.ec2.models.security_groups import SecurityGroupBackend as Backend

    def naming_the_rule(revoke: Callable[..., None]) -> Callable[..., None]:
        def revoke_rule(self: Backend, **rule: Any) -> None:
            try:
                revoke(self, **rule)
            except InvalidPermissionNotFoundError:
                if rule["security_rule_ids"]:
                    raise InvalidSecurityGroupRuleIdNotFoundError(rule["security_rule_ids"][0]) from None
                raise

        return revoke_rule

    Backend.revoke_security_group_ingress = naming_the_rule(Backend.revoke_security_group_ingress)
    Backend.revoke_security_group_egress = naming_the_rule(Backend.revoke_security_group_egress)


def ec2_keeps_the_icmp_type_of_an_acl_entry() -> None:
    """An entry for ICMP is one for a type and a code of it; moto looks for both under another name, and drops them.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAclEntry.html
    """
    from moto.core.responses import ActionResult
    from moto.ec2.responses.network_acls import NetworkACLs as Response

    create = Response.create_network_acl_entry

    def create_network_acl_entry(self: Response) -> ActionResult:
        created = create(self)
        entry = self.ec2_backend.get_network_acl(self._get_param("NetworkAclId")).entries[-1]
        icmp = self._get_param("IcmpTypeCode", {})
        entry.icmp_type, entry.icmp_code = icmp.get("Type"), icmp.get("Code")
        return created

    Response.create_network_acl_entry = create_network_acl_entry


def ec2_deletes_the_acl_of_a_vpc_that_goes() -> None:
    """A VPC's default network ACL goes with it; moto's stays.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpc.html
    """
    from moto.ec2.models.vpcs import VPC
    from moto.ec2.models.vpcs import VPCBackend as Backend

    delete = Backend.delete_vpc

    def delete_vpc(self: Backend, vpc_id: str) -> VPC:
        deleted = delete(self, vpc_id)
        for acl in [acl for acl in self.network_acls.values() if acl.vpc_id == vpc_id and acl.default]:
            del self.network_acls[acl.id]
        return deleted

    Backend.delete_vpc = delete_vpc


def kms_tells_its_own_keys_from_a_customers() -> None:
    """A key that AWS makes for a service, as `alias/aws/secretsmanager`, is managed by AWS; moto says, by a customer.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyMetadata.html
    """
    from moto.kms.models import KmsBackend as Backend

    generate = Backend._generate_default_keys

    def generate_default_keys(self: Backend, alias_name: str) -> str | None:
        key_id = generate(self, alias_name)
        if key_id:
            self.keys[key_id].key_manager = "AWS"
        return key_id

    Backend._generate_default_keys = generate_default_keys


def rds_keeps_performance_insights() -> None:
    """An instance has performance insights, with a retention and a key, if it was asked for; moto forgets all three.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
    """
    from moto.rds.models import DBInstance

    create = DBInstance.__init__

    def create_with_insights(self: DBInstance, *args: Any, **kwargs: Any) -> None:
        create(self, *args, **kwargs)
        asked_for = kwargs.get("enable_performance_insights", False)
        self.performance_insights_enabled = asked_for
        if asked_for:
            self.performance_insights_retention_period = kwargs.get("performance_insights_retention_period", 7)
            self.performance_insights_kms_key_id = kwargs.get("performance_insights_kms_key_id")

    DBInstance.__init__ = create_with_insights


def rds_says_who_set_a_parameter() -> None:
    """A parameter that was modified has the source "user", by which the provider knows it; moto's has none.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_Parameter.html
    """
    from moto.rds.models import DBParameterGroup

    update = DBParameterGroup.update_parameters

    def update_parameters(self: DBParameterGroup, parameters: Iterable[dict[str, Any]]) -> None:
        update(self, [parameter | {"Source": "user"} for parameter in parameters])

    DBParameterGroup.update_parameters = update_parameters


def rds_tells_instances_apart() -> None:
    """Each instance has a resource id of its own, by which the provider finds it; in moto all have the same one.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html
    """
    from moto.rds.models import DBInstance

    create = DBInstance.__init__

    def create_with_an_id(self: DBInstance, *args: Any, **kwargs: Any) -> None:
        create(self, *args, **kwargs)
        self.dbi_resource_id = f"db-{base64.b32encode(uuid4().bytes).decode().rstrip('=')}"

    DBInstance.__init__ = create_with_an_id


def rds_makes_up_a_password_and_rotates_it() -> None:
    """A managed password is random, and a rotation makes another; moto's is always the same, and none once rotated.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
    """
    from moto.rds.models import MasterUserSecret

    def _generate_secret_string(self: MasterUserSecret) -> str:
        return json.dumps({"username": self.resource.master_username, "password": token_hex(16)})

    def rotate_secret(self: MasterUserSecret) -> None:
        self._status = "rotating"
        self.secretsmanager.put_secret_value(
            secret_id=self.secret.arn,
            secret_string=self._generate_secret_string(),
            secret_binary=None,  # type: ignore[arg-type] # as moto itself passes where there is none
            client_request_token=str(uuid4()),
            version_stages=["AWSCURRENT"],
        )

    MasterUserSecret._generate_secret_string, MasterUserSecret.rotate_secret = _generate_secret_string, rotate_secret


def route53_zone_ids_begin_with_z() -> None:
    """A hosted zone's id begins with Z; moto's with any letter or digit, so that nobody can check one.

    https://docs.aws.amazon.com/Route53/latest/APIReference/API_HostedZone.html
    """
    from moto.route53 import models

    make = models.create_route53_zone_id
    models.create_route53_zone_id = lambda *args, **kwargs: f"Z{make(*args, **kwargs)[1:]}"


def s3_leaves_conditions_to_the_runner() -> None:
    """A statement touches the requests that meet its conditions; moto, blind to them, has it touch all.

    The pipeline runner asks IAM before each call that it makes for a role, conditions included (pipeline/iam.py).

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
    """
    from moto.iam.access_control import IAMPolicyStatement, PermissionResult

    is_permitted = IAMPolicyStatement.is_action_permitted

    def is_action_permitted(self: IAMPolicyStatement, *args: Any, **kwargs: Any) -> PermissionResult:
        if self._statement.get("Condition"):
            return PermissionResult.NEUTRAL
        return is_permitted(self, *args, **kwargs)

    IAMPolicyStatement.is_action_permitted = is_action_permitted


def secretsmanager_gives_the_version_that_became_current() -> None:
    """GetSecretValue gives the version that has the label AWSCURRENT; moto the one that was put last.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
    """
    from moto.secretsmanager.models import FakeSecret
    from moto.secretsmanager.models import SecretsManagerBackend as Backend

    update = Backend.update_secret_version_stage

    def update_secret_version_stage(
        self: Backend, secret_id: str, version_stage: str, remove_from_version_id: str, move_to_version_id: str
    ) -> tuple[str, str]:
        answer = update(self, secret_id, version_stage, remove_from_version_id, move_to_version_id)
        if version_stage == "AWSCURRENT":
            secret = cast(FakeSecret, self.secrets[secret_id])
            secret.set_default_version_id(move_to_version_id)
        return answer

    Backend.update_secret_version_stage = update_secret_version_stage


def stepfunctions_validates_definitions() -> None:
    """ValidateStateMachineDefinition, by which the provider plans, is answered; moto does not know it.

    Here it only tells whether a definition is JSON.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html
    """
    from moto.core.responses import ActionResult
    from moto.stepfunctions.responses import StepFunctionResponse as Response

    def validate_state_machine_definition(self: Response) -> ActionResult:
        try:
            json.loads(self._get_param("definition"))
        except ValueError as error:
            wrong = {"severity": "ERROR", "code": "INVALID_JSON_DESCRIPTION", "message": str(error)}
            return ActionResult({"result": "FAIL", "diagnostics": [wrong]})
        return ActionResult({"result": "OK", "diagnostics": []})

    Response.validate_state_machine_definition = validate_state_machine_definition


def stepfunctions_lists_versions() -> None:
    """ListStateMachineVersions, which the provider asks of every state machine, is answered; moto does not know it.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachineVersions.html
    """
    from moto.core.responses import ActionResult
    from moto.stepfunctions.responses import StepFunctionResponse as Response

    def list_state_machine_versions(self: Response) -> ActionResult:
        machine = self.stepfunction_backend.describe_state_machine(self._get_param("stateMachineArn"))
        newest_first = sorted(machine.versions.items(), reverse=True)
        versions = [{"stateMachineVersionArn": v.arn, "creationDate": v.creation_date} for _, v in newest_first]
        return ActionResult({"stateMachineVersions": versions})

    Response.list_state_machine_versions = list_state_machine_versions


FIXES = {
    "acm": (acm_issues_once_the_records_exist,),
    "codebuild": (
        codebuild_takes_the_source_of_a_pipeline,
        codebuild_knows_every_environment,
        codebuild_keeps_every_setting_of_a_project,
        codebuild_deletes_projects_by_arn,
    ),
    "codepipeline": (codepipeline_gives_times_as_numbers,),
    "ec2": (
        ec2_keeps_the_description_of_every_rule,
        ec2_names_the_rule_that_is_gone,
        ec2_keeps_the_icmp_type_of_an_acl_entry,
        ec2_deletes_the_acl_of_a_vpc_that_goes,
    ),
    "ecr": (ecr_digests_the_manifest, ecr_keeps_an_image_that_lost_its_tag, ecr_tells_where_a_layer_lies),
    "ecs": (ecs_keeps_every_setting_of_a_service, ecs_keeps_what_an_update_does_not_name, ecs_lists_no_deleted_cluster),
    "kms": (kms_tells_its_own_keys_from_a_customers,),
    "rds": (
        rds_says_who_set_a_parameter,
        rds_tells_instances_apart,
        rds_keeps_performance_insights,
        rds_makes_up_a_password_and_rotates_it,
    ),
    "route53": (route53_zone_ids_begin_with_z,),
    "s3": (s3_leaves_conditions_to_the_runner,),
    "secretsmanager": (secretsmanager_gives_the_version_that_became_current,),
    "stepfunctions": (stepfunctions_validates_definitions, stepfunctions_lists_versions),
}
