"""Requests that Route 53 refuses and moto accepts."""

from collections.abc import Callable

from moto.route53.exceptions import Route53ClientError
from moto.route53.models import FakeZone
from moto.route53.models import Route53Backend as Backend

from localaws.json_types import JsonObject


def refuse_reused_caller_references() -> None:
    """Refuse a hosted zone with the caller reference of another hosted zone.

    https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateHostedZone.html
    """
    create: Callable[..., FakeZone] = Backend.create_hosted_zone

    def create_hosted_zone(
        self: Backend, name: str, *, caller_reference: str | None = None, **settings: object
    ) -> FakeZone:
        if caller_reference and any(zone.caller_reference == caller_reference for zone in self.zones.values()):
            message = f"A hosted zone has already been created with the specified caller reference: {caller_reference}"
            raise Route53ClientError("HostedZoneAlreadyExists", message)
        return create(self, name, caller_reference=caller_reference, **settings)

    Backend.create_hosted_zone = create_hosted_zone


def refuse_conflicting_cnames() -> None:
    """Refuse a CNAME record at the apex of a zone, or with the same name as a record of another type.

    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html#CNAMEFormat
    """
    change = Backend.change_resource_record_sets

    def change_resource_record_sets(self: Backend, zoneid: str, change_list: list[JsonObject]) -> None:
        zone = self.get_hosted_zone(zoneid)
        apex = zone.name.rstrip(".")
        for one in change_list:
            record = one["ResourceRecordSet"]
            name = record["Name"].rstrip(".")
            others = {known.type for known in zone.rrsets if known.name.rstrip(".") == name} - {record["Type"]}
            if one["Action"] == "DELETE" or record["Type"] != "CNAME":
                continue
            refused = f"RRSet of type CNAME with DNS name {name}. is not permitted"
            if name == apex:
                raise Route53ClientError("InvalidChangeBatch", f"{refused} at apex in zone {apex}.")
            if others:
                conflict = "as it conflicts with other records with the same DNS name"
                raise Route53ClientError("InvalidChangeBatch", f"{refused} {conflict} in zone {apex}.")
        change(self, zoneid, change_list)

    Backend.change_resource_record_sets = change_resource_record_sets


REFUSALS = (
    refuse_reused_caller_references,
    refuse_conflicting_cnames,
)
