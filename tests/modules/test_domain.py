"""The hosted zone and the certificate."""

from pathlib import Path

from constructs import Construct

from modules.domain import HostedZone
from modules.iam import Principals, Role
from tests.support.synthesized import DEV, OPERATOR_ARN, ZONE_ID, Stack, System, scratch, system
from tests.support.workflow_roles import PARTITION


def test_an_unprotected_zone_can_be_deleted_with_records(dev: System) -> None:
    """The zone is public."""
    assert dev["dev-dns"].resources("aws_route53_zone") == {
        "zone": {"name": "example-app.dev-environment.com", "force_destroy": True}
    }


def test_a_protected_zone_cannot_be_deleted_with_records(prod: System) -> None:
    assert prod["prod-dns"].resources("aws_route53_zone") == {
        "zone": {"name": "shop.example.com", "force_destroy": False}
    }


def test_an_existing_zone_is_looked_up_and_must_be_one_of_the_domain(tmp_path: Path) -> None:
    stack = system(tmp_path, DEV.model_copy(update={"hosted_zone_id": "Z0123456789"}))["dev-dns"].json

    assert "resource" not in stack
    assert stack["data"]["aws_route53_zone"] == {
        "zone_existing": {
            "zone_id": "Z0123456789",
            "lifecycle": {
                "precondition": [
                    {
                        "condition": '${try(contains(data.aws_route53_zones.zone_all.ids, "Z0123456789"), false)}',
                        "error_message": ("dev.hosted_zone_id: must be a hosted zone of the account, got Z0123456789."),
                    }
                ],
                "postcondition": [
                    {
                        "condition": (
                            '${endswith(".example-app.dev-environment.com.", ".${trimsuffix(self.name, ".")}.")}'
                        ),
                        "error_message": (
                            "dev.hosted_zone_id: must be a zone of example-app.dev-environment.com or above it, "
                            "got Z0123456789."
                        ),
                    }
                ],
            },
        }
    }
    assert stack["output"]["name_servers"] == {"value": "${data.aws_route53_zone.zone_existing.name_servers}"}


def test_its_name_servers_are_an_output(dev: System) -> None:
    assert dev["dev-dns"].json["output"]["name_servers"] == {"value": "${aws_route53_zone.zone.name_servers}"}


def test_the_certificate_is_replaced_without_a_gap(main: Stack) -> None:
    assert main.resources("aws_acm_certificate") == {
        "certificate": {
            "domain_name": "example-app.dev-environment.com",
            "validation_method": "DNS",
            "lifecycle": {"create_before_destroy": True},
        }
    }


def test_one_record_for_each_validation_option_proves_the_domain(main: Stack) -> None:
    assert main.resources("aws_route53_record")["certificate_validation_record"] == {
        "for_each": (
            "${{ for key, val in tolist(aws_acm_certificate.certificate.domain_validation_options): "
            "val.domain_name => val }}"
        ),
        "zone_id": ZONE_ID,
        "name": "${each.value.resource_record_name}",
        "type": "${each.value.resource_record_type}",
        "records": ["${each.value.resource_record_value}"],
        "ttl": 60,
        "allow_overwrite": True,
    }


def test_validation_is_awaited_for_15_minutes_at_most(main: Stack) -> None:
    assert main.resource("aws_acm_certificate_validation") == {
        "certificate_arn": "${aws_acm_certificate.certificate.arn}",
        "validation_record_fqdns": ("${[ for key, val in aws_route53_record.certificate_validation_record: val.fqdn]}"),
        "timeouts": {"create": "15m"},
    }


def test_the_viewer_sees_only_an_existing_zone_that_is_named(tmp_path: Path) -> None:
    def declare(stack: Construct) -> None:
        settings = DEV.model_copy(update={"hosted_zone_id": "Z0123456789"})
        zone = HostedZone(stack, "zone", settings=settings)
        zone.grant_view(Role(stack, "role", name="example-app-dev-viewer", assumed_by=Principals([OPERATOR_ARN])))

    assert scratch(tmp_path, declare).statements("role") == [
        {
            "Sid": "ViewZone",
            "Effect": "Allow",
            "Action": ["route53:GetHostedZone"],
            "Resource": [f"arn:{PARTITION}:route53:::hostedzone/Z0123456789"],
        }
    ]
