"""AWS's reference of actions, as the npm package has it."""

import pytest

from localaws.iam.reference import actions


def test_an_action_has_resource_types_and_condition_keys() -> None:
    action = actions.find("ecs:describeservices")

    assert action
    [service] = action.resource_types
    assert (service.name, service.required) == ("service", True)
    assert service.arn == "arn:${Partition}:ecs:${Region}:${Account}:service/${ClusterName}/${ServiceName}"
    assert "ecs:cluster" in action.condition_keys


@pytest.mark.parametrize("name", ["ecs:Deploy", "nothing:Describe", "ecs", ""])
def test_an_unknown_action_is_not_found(name: str) -> None:
    assert actions.find(name) is None


@pytest.mark.parametrize(
    ("arn", "matches"),
    [
        ("arn:aws:ecs:eu-west-1:123456789012:service/shop/web", True),
        ("arn:aws:ecs:eu-west-1:123456789012:cluster/shop", False),
        ("arn:aws:ecr:eu-west-1:123456789012:service/shop/web", False),
    ],
)
def test_an_arn_is_of_a_type_if_it_matches_the_pattern(arn: str, matches: bool) -> None:  # noqa: FBT001 - a parameter
    action = actions.find("ecs:DescribeServices")

    assert action
    assert action.resource_types[0].matches(arn) == matches
