"""Fixes for EC2 where moto answers differently from AWS."""

from collections.abc import Callable
from copy import copy

from moto.core.responses import ActionResult
from moto.ec2.exceptions import (
    InvalidAssociationIdError,
    InvalidPermissionNotFoundError,
    InvalidSecurityGroupRuleIdNotFoundError,
)
from moto.ec2.models.managed_prefixes import ManagedPrefixList
from moto.ec2.models.network_acls import NetworkAclAssociation, NetworkAclBackend
from moto.ec2.models.route_tables import RouteTable
from moto.ec2.models.security_groups import SecurityGroupBackend
from moto.ec2.models.security_groups import SecurityGroupRule as Rule
from moto.ec2.models.vpcs import VPC, VPCBackend
from moto.ec2.responses.network_acls import NetworkACLs as Response
from moto.ec2.responses.vpcs import VPCs

from localaws.json_types import json_object


def keep_rule_descriptions() -> None:
    """Return the description of a security group rule for every kind of source and destination.

    moto returns the description only if the source or destination is an address range.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRule.html
    """
    Rule.description = property(lambda self: (self.ip_range | self.source_group).get("Description"))


def name_the_missing_rule() -> None:
    """Answer InvalidSecurityGroupRuleId.NotFound when a request revokes a rule by an id that does not exist.

    moto answers InvalidPermission.NotFound. AWS uses this code only if the request names the rule by its properties.
    The provider treats only InvalidSecurityGroupRuleId.NotFound as a successful deletion.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    """

    def naming_the_rule(revoke: Callable[..., None]) -> Callable[..., None]:
        def revoke_rule(self: SecurityGroupBackend, *, security_rule_ids: list[str] | None, **rule: object) -> None:
            try:
                revoke(self, security_rule_ids=security_rule_ids, **rule)
            except InvalidPermissionNotFoundError:
                if security_rule_ids:
                    raise InvalidSecurityGroupRuleIdNotFoundError(security_rule_ids[0]) from None
                raise

        return revoke_rule

    for name in ("revoke_security_group_ingress", "revoke_security_group_egress"):
        setattr(SecurityGroupBackend, name, naming_the_rule(getattr(SecurityGroupBackend, name)))


def keep_icmp_types_of_acl_entries() -> None:
    """Keep the ICMP type and code of a network ACL entry.

    moto reads the type and code from parameters that no client sends. So moto does not store the type and code.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAclEntry.html
    """
    create = Response.create_network_acl_entry

    def create_network_acl_entry(self: Response) -> ActionResult:
        created = create(self)
        entry = self.ec2_backend.get_network_acl(self._get_param("NetworkAclId")).entries[-1]
        icmp = self._get_param("IcmpTypeCode", {})
        entry.icmp_type, entry.icmp_code = icmp.get("Type"), icmp.get("Code")
        return created

    Response.create_network_acl_entry = create_network_acl_entry


def delete_default_acl_with_its_vpc() -> None:
    """Delete the default network ACL together with its VPC.

    moto does not delete the network ACL.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpc.html
    """
    delete = VPCBackend.delete_vpc

    def delete_vpc(self: VPCBackend, vpc_id: str) -> VPC:
        deleted = delete(self, vpc_id)
        for acl in [acl for acl in self.network_acls.values() if acl.vpc_id == vpc_id and acl.default]:
            del self.network_acls[acl.id]
        return deleted

    VPCBackend.delete_vpc = delete_vpc


def refuse_unknown_acl_associations() -> None:
    """Answer InvalidAssociationID.NotFound when the network ACL association to replace does not exist.

    moto answers with a server error. If the new network ACL does not exist, moto deletes the association. AWS does not
    delete it.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    """
    replace = NetworkAclBackend.replace_network_acl_association

    def replace_network_acl_association(
        self: NetworkAclBackend, association_id: str, network_acl_id: str
    ) -> NetworkAclAssociation:
        if not any(association_id in acl._associations for acl in self.network_acls.values()):
            raise InvalidAssociationIdError(association_id)
        self.get_network_acl(network_acl_id)
        return replace(self, association_id, network_acl_id)

    NetworkAclBackend.replace_network_acl_association = replace_network_acl_association


def create_vpcs_as_pending() -> None:
    """Answer CreateVpc with the state `pending`. The answers of other operations have the state `available`.

    In moto, the answer of CreateVpc has the state `available`.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Vpc.html
    """
    create = VPCs.create_vpc

    def create_vpc(self: VPCs) -> ActionResult:
        pending = copy(json_object(create(self).result)["Vpc"])
        pending.state = "pending"
        return ActionResult({"Vpc": pending})

    VPCs.create_vpc = create_vpc


def return_gateways_and_prefixes() -> None:
    """Return the address ranges of a service's prefix list, and an empty list of a route table's propagating gateways.

    moto omits both lists.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RouteTable.html
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_PrefixList.html
    """
    RouteTable.propagating_vgws = property(lambda _: [])
    ManagedPrefixList.cidrs = property(lambda self: [entry["Cidr"] for entry in [*self.entries.values(), []][0]])


FIXES = (
    keep_rule_descriptions,
    name_the_missing_rule,
    keep_icmp_types_of_acl_entries,
    delete_default_acl_with_its_vpc,
    refuse_unknown_acl_associations,
    create_vpcs_as_pending,
    return_gateways_and_prefixes,
)
