"""The parameters of DB parameter groups."""

from localaws.rds import parameters
from tests.support.localaws.fixes import Client, case


@case(
    parameters.report_parameter_sources,
    in_aws=[
        ("rds.force_ssl", "1", "system", "pending-reboot", "dynamic", "boolean"),
        ("max_connections", "99", "user", "pending-reboot", None, None),
        ("log_statement", "ddl", "user", "immediate", None, None),
    ],
)
def test_parameters_with_and_without_their_default_value(client: Client) -> object:
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
    shown = ("ParameterName", "ParameterValue", "Source", "ApplyMethod", "ApplyType", "DataType")
    return [tuple(p.get(name) for name in shown) for p in rds.describe_db_parameters(**group)["Parameters"]]
