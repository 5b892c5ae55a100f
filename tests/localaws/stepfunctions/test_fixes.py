"""Answers of Step Functions that the local AWS gives, and moto alone does not."""

from localaws.stepfunctions import fixes
from tests.support.localaws.fixes import Client, case
from tests.support.localaws.roles import role


@case(fixes.validates_definitions, in_aws=["OK", "FAIL"])
def test_a_valid_and_an_invalid_definition(client: Client) -> object:
    validate = client("stepfunctions").validate_state_machine_definition
    return [validate(definition=text)["result"] for text in ("{}", "{")]


@case(fixes.lists_versions, in_aws=[[], ["2", "1"]])
def test_the_versions_of_a_state_machine(client: Client) -> object:
    states = client("stepfunctions")
    arns = [
        states.create_state_machine(
            name=name, definition="{}", roleArn=role(client, "machine", "states.amazonaws.com"), publish=publish
        )["stateMachineArn"]
        for name, publish in (("plain", False), ("published", True))
    ]
    states.update_state_machine(stateMachineArn=arns[1], definition='{"Comment": "c"}', publish=True)
    versions = [states.list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"] for arn in arns]
    return [[version["stateMachineVersionArn"].rpartition(":")[2] for version in each] for each in versions]


@case(fixes.logs_no_data_by_default, in_aws={"level": "OFF", "includeExecutionData": False})
def test_the_default_logging_of_a_state_machine(client: Client) -> object:
    states = client("stepfunctions")
    arn = states.create_state_machine(
        name="silent", definition="{}", roleArn=role(client, "machine", "states.amazonaws.com")
    )["stateMachineArn"]
    return states.describe_state_machine(stateMachineArn=arn)["loggingConfiguration"]
