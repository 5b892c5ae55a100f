"""The domain and its certificate."""

from cdktf import Fn, Postcondition, Precondition, TerraformIterator, TerraformResourceLifecycle, Token
from cdktf_cdktf_provider_aws.acm_certificate import AcmCertificate
from cdktf_cdktf_provider_aws.acm_certificate_validation import (
    AcmCertificateValidation,
    AcmCertificateValidationTimeouts,
)
from cdktf_cdktf_provider_aws.data_aws_route53_zone import DataAwsRoute53Zone
from cdktf_cdktf_provider_aws.data_aws_route53_zones import DataAwsRoute53Zones
from cdktf_cdktf_provider_aws.route53_record import Route53Record
from cdktf_cdktf_provider_aws.route53_zone import Route53Zone
from constructs import Construct

from modules.account import arn, partition
from modules.environment import Environment
from modules.iam import Role
from settings import Settings

VALIDATION_TIMEOUT = "15m"


class HostedZone(Construct):
    """The public Route 53 zone of the domain.

    The names in a new zone resolve only after the parent domain delegates to `name_servers`. With the setting
    `hosted_zone_id`, an existing zone is used, and no zone is created. The existing zone must be in the account, and it
    must be the zone of the domain or of a parent domain. Otherwise each plan fails with an error that names the
    setting.
    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-configuring.html
    """

    def __init__(self, scope: Construct, id_: str, *, settings: Settings) -> None:
        super().__init__(scope, id_)

        domain, existing_id = settings.domain, settings.hosted_zone_id
        if existing_id:
            setting = f"{settings.environment}.hosted_zone_id"
            ids = DataAwsRoute53Zones(self, "all").ids  # null in an account without zones
            zone: Route53Zone | DataAwsRoute53Zone = DataAwsRoute53Zone(
                self,
                "existing",
                zone_id=existing_id,
                lifecycle=TerraformResourceLifecycle(
                    precondition=[
                        Precondition(
                            condition=Fn.try_([Fn.contains(ids, existing_id), False]),
                            error_message=f"{setting}: must be a hosted zone of the account, got {existing_id}.",
                        )
                    ],
                    postcondition=[
                        Postcondition(
                            condition=f'${{endswith(".{domain}.", ".${{trimsuffix(self.name, ".")}}.")}}',
                            error_message=f"{setting}: must be a zone of {domain} or above it, got {existing_id}.",
                        )
                    ],
                ),
            )
        else:
            zone = Route53Zone(self, "Default", name=domain, force_destroy=not settings.protect)

        self._existing_id = existing_id
        self.domain = domain
        self.id = zone.zone_id
        self.name_servers = zone.name_servers

    def grant_view(self, role: Role) -> None:
        """Let the role find the zone, and see its name servers.

        Route 53 makes up the id of a new zone, which has no reference here. ListHostedZonesByName supports no ARN.
        https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonroute53.html
        """
        zones = f"arn:{partition(role)}:route53:::hostedzone"
        if self._existing_id:
            role.allow("ViewZone", actions=["route53:GetHostedZone"], resources=[f"{zones}/{self._existing_id}"])
            return
        role.allow("FindZone", actions=["route53:ListHostedZonesByName"], resources=["*"])
        role.allow(
            "ViewZone",
            actions=["route53:GetHostedZone", "route53:ListTagsForResource"],
            resources=[f"{zones}/*"],
        )


class Certificate(Construct):
    """A certificate for the zone's domain, validated by DNS.

    Terraform creates a new certificate before it destroys the old certificate. `arn` is known only after ACM has issued
    the certificate. If the parent domain does not delegate to the zone, the deployment fails after 15 minutes.
    https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html
    """

    def __init__(self, scope: Construct, id_: str, *, environment: Environment, zone: HostedZone) -> None:
        super().__init__(scope, id_)

        certificate = AcmCertificate(
            self,
            "Default",
            domain_name=zone.domain,
            validation_method="DNS",
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        options = TerraformIterator.from_complex_list(certificate.domain_validation_options, "domain_name")
        records = Route53Record(
            self,
            "validation_record",
            for_each=options,
            zone_id=zone.id,
            name=options.get_string("resource_record_name"),
            type=options.get_string("resource_record_type"),
            records=[options.get_string("resource_record_value")],
            ttl=60,
            # All certificates of a domain have the same validation records. So when Terraform creates a new
            # certificate, its records already exist.
            allow_overwrite=True,
        )
        validation = AcmCertificateValidation(
            self,
            "validation",
            certificate_arn=certificate.arn,
            validation_record_fqdns=Token.as_list(TerraformIterator.from_resources(records).pluck_property("fqdn")),
            timeouts=AcmCertificateValidationTimeouts(create=VALIDATION_TIMEOUT),
        )

        self._environment = environment
        self.domain = zone.domain
        self.arn = validation.certificate_arn

    def grant_view(self, role: Role) -> None:
        """Let the role find the certificate and see its status.

        ACM makes up the id of a certificate, and the attribute `arn` is unknown until ACM has issued the certificate.
        ListCertificates supports no ARN.
        https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscertificatemanager.html
        """
        role.allow("ListCertificates", actions=["acm:ListCertificates"], resources=["*"])
        role.allow(
            "ViewCertificate",
            actions=["acm:DescribeCertificate", "acm:ListTagsForCertificate"],
            resources=[arn(role, "acm", self._environment.region, "certificate/*")],
        )
