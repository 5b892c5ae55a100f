"""What EC2 does and moto does not."""

from collections.abc import Callable
from copy import copy
from typing import Any

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


def keeps_the_description_of_every_rule() -> None:
    """A rule's description is kept whatever its peer is; moto shows it only if the peer is an address range.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRule.html
    """
    Rule.description = property(lambda self: (self.ip_range | self.source_group).get("Description"))


def names_the_rule_that_is_gone() -> None:
    """To revoke a rule by an id that is gone is InvalidSecurityGroupRuleId.NotFound, which the provider takes for done.

    moto answers InvalidPermission.NotFound, as for a rule that is given by its properties.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    """

    def naming_the_rule(revoke: Callable[..., None]) -> Callable[..., None]:
        def revoke_rule(self: SecurityGroupBackend, **rule: Any) -> None:
            try:
                revoke(self, **rule)
            except InvalidPermissionNotFoundError:
                if rule["security_rule_ids"]:
                    raise InvalidSecurityGroupRuleIdNotFoundError(rule["security_rule_ids"][0]) from None
                raise

        return revoke_rule

    for name in ("revoke_security_group_ingress", "revoke_security_group_egress"):
        setattr(SecurityGroupBackend, name, naming_the_rule(getattr(SecurityGroupBackend, name)))


def keeps_the_icmp_type_of_an_acl_entry() -> None:
    """An entry for ICMP is one for a type and a code of it; moto looks for both under another name, and drops them.

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


def deletes_the_acl_of_a_vpc_that_goes() -> None:
    """A VPC's default network ACL goes with it; moto's stays.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpc.html
    """
    delete = VPCBackend.delete_vpc

    def delete_vpc(self: VPCBackend, vpc_id: str) -> VPC:
        deleted = delete(self, vpc_id)
        for acl in [acl for acl in self.network_acls.values() if acl.vpc_id == vpc_id and acl.default]:
            del self.network_acls[acl.id]
        return deleted

    VPCBackend.delete_vpc = delete_vpc


def refuses_to_replace_an_unknown_acl_association() -> None:
    """An association that is gone, with its subnet, is InvalidAssociationID.NotFound; moto fails, with a server error.

    An unknown ACL leaves the association as it was; moto's is gone by then.

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


def makes_a_vpc_pending() -> None:
    """A new VPC is pending in the answer of CreateVpc, and available soon after; moto's is available at once.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Vpc.html
    """
    create = VPCs.create_vpc

    def create_vpc(self: VPCs) -> ActionResult:
        answer: Any = create(self).result
        pending = copy(answer["Vpc"])
        pending.state = "pending"
        return ActionResult({"Vpc": pending})

    VPCs.create_vpc = create_vpc


def gives_the_lists_of_a_route_table_and_a_service() -> None:
    """A route table has a list of propagating gateways, and a service's prefix list its ranges; moto leaves both out.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RouteTable.html
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_PrefixList.html
    """
    RouteTable.propagating_vgws = property(lambda _: [])
    ManagedPrefixList.cidrs = property(lambda self: [entry["Cidr"] for entry in [*self.entries.values(), []][0]])


FIXES = (
    keeps_the_description_of_every_rule,
    names_the_rule_that_is_gone,
    keeps_the_icmp_type_of_an_acl_entry,
    deletes_the_acl_of_a_vpc_that_goes,
    refuses_to_replace_an_unknown_acl_association,
    makes_a_vpc_pending,
    gives_the_lists_of_a_route_table_and_a_service,
)
