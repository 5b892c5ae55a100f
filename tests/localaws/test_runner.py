"""A push goes live on a system that boto3 alone has created.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECS.html
"""

import copy

from tests.support.localaws.aws_pipeline import System


def test_a_push_goes_live_with_only_the_image_changed(shop: System) -> None:
    before, first = shop.task_definition(), shop.task_definition("shop:1")
    execution = shop.push("one")
    assert execution["status"] == "Succeeded"
    after = shop.task_definition()
    expected = copy.deepcopy(first)
    expected["containerDefinitions"][0]["image"] = shop.repository_uri
    expected |= {"revision": before["revision"] + 1, "taskDefinitionArn": shop.service()["taskDefinition"]}
    for member in ("requiresAttributes", "registeredAt"):  # the attributes differ because the image is in ECR now
        expected[member] = after[member]
    assert after == expected
