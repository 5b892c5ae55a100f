"""Only the arguments that a program has given are sent to the kernel."""

import json

from tests.tools.bindings.programs import AWS, CDK, python


def test_an_argument_that_is_not_given_is_not_sent() -> None:
    process = python(
        "-c",
        f"""
import json, tools.bindings
from jsii._kernel.providers.process import _NodeProcess
sent, send = [], _NodeProcess.send
_NodeProcess.send = lambda self, request, answer: sent.append(request) or send(self, request, answer)
from {CDK} import App, TerraformStack
from {AWS}.security_group import SecurityGroup, SecurityGroupIngress
ingress = [SecurityGroupIngress(from_port=port, to_port=port, protocol="tcp") for port in (80, 443)]
SecurityGroup(TerraformStack(App(), "stack"), "group", ingress=ingress, tags={{"name": "web"}})
print(json.dumps(sent[-1].args[2]))
""",
    )

    group = json.loads(process.stdout)["$jsii.struct"]
    assert group["data"].keys() == {"ingress", "tags"}
    assert group["data"]["tags"] == {"$jsii.map": {"name": "web"}}
    assert [rule["$jsii.struct"]["data"] for rule in group["data"]["ingress"]] == [
        {"fromPort": port, "toPort": port, "protocol": "tcp"} for port in (80, 443)
    ]


def test_a_value_that_cannot_be_sent_is_refused_with_its_argument() -> None:
    process = python(
        "-c",
        f"""
import tools.bindings
from pathlib import Path
from {CDK} import App, TerraformStack
from {AWS}.ecs_service import EcsService, EcsServiceNetworkConfiguration
from {AWS}.vpc import Vpc
stack = TerraformStack(App(), "stack")
for declare in [
    lambda: Vpc(stack, "a", cidr_block=Path("a")),
    lambda: Vpc(stack, "b", tags={{"name": Path("b")}}),
    lambda: EcsService(stack, "c", name="c", network_configuration=EcsServiceNetworkConfiguration(subnets=("c",))),
]:
    try:
        declare()
    except TypeError as error:
        print(error)
""",
    )

    assert process.stdout.splitlines() == [
        f"{struct} has the argument {name}, with a value that jsii cannot send: {value}"
        for struct, name, value in [
            ("VpcConfig", "cidr_block", "PosixPath('a')"),
            ("VpcConfig", "tags", "{'name': PosixPath('b')}"),
            ("EcsServiceNetworkConfiguration", "subnets", "('c',)"),
        ]
    ]


def test_a_required_argument_cannot_be_none() -> None:
    process = python(
        "-c",
        f"""
import tools.bindings
from {CDK} import App, TerraformOutput, TerraformStack
try:
    TerraformOutput(TerraformStack(App(), "stack"), "output", value=None)
except AssertionError as error:
    print(error)
""",
    )

    assert process.stdout == "Required property 'value' is missing\n"


def test_a_property_that_a_subclass_overrides_is_sent() -> None:
    process = python(
        "-c",
        f"""
import tools.bindings
from {CDK} import App, TerraformStack
from {AWS}.security_group import SecurityGroup, SecurityGroupIngress
class Rule(SecurityGroupIngress):
    @property
    def from_port(self):
        return 99
rule = Rule(from_port=1, to_port=100, protocol="tcp")
print(SecurityGroup(TerraformStack(App(), "stack"), "group", ingress=[rule]).ingress_input[0].from_port)
""",
    )

    assert process.stdout == "99\n"
