"""The parameters of DB parameter groups."""

from collections.abc import Iterable

from moto.rds.models import DBParameterGroup

from localaws.json_types import JsonObject

FAMILIES = ("postgres16", "postgres17", "postgres18")
DEFAULT_PARAMETERS = {
    "rds.force_ssl": {
        "ParameterValue": "1",
        "Description": "Force SSL connections.",
        "Source": "system",
        "ApplyType": "dynamic",
        "DataType": "boolean",
        "AllowedValues": "0,1",
        "IsModifiable": True,
        "ApplyMethod": "pending-reboot",
    }
}
"""The parameters of `FAMILIES` that this project sets, with their default values.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html
"""


def report_parameter_sources() -> None:
    """Report the source `user` for a parameter whose value a request changed.

    moto reports no source, and the provider reads only parameters with the source `user`. If a request changes only the
    apply method of a parameter, RDS ignores the request. The parameter keeps its source and its apply method, so the
    provider plans the same change again.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_Parameter.html
    https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/db_parameter_group#problematic-plan-changes
    https://github.com/hashicorp/terraform-provider-aws/issues/39252
    """

    def update_parameters(self: DBParameterGroup, parameters: Iterable[JsonObject]) -> None:
        for parameter in parameters:
            name = parameter["ParameterName"]
            default = DEFAULT_PARAMETERS.get(name, {}) if self.family in FAMILIES else {}
            known = self.parameters.setdefault(name, {"ParameterName": name, **default})
            if known.get("ParameterValue") != parameter["ParameterValue"]:
                known.update(parameter, Source="user")

    DBParameterGroup.update_parameters = update_parameters
