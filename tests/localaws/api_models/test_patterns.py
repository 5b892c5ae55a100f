"""The patterns of AWS's API models match as Java matches them."""

import pytest
from moto.core.utils import get_service_model

from localaws.api_models.patterns import compiled

SERVICES = [
    *("acm", "application-autoscaling", "cloudwatch", "codebuild", "codepipeline", "ec2", "ecr", "ecs", "elbv2"),
    *("events", "iam", "kms", "logs", "rds", "route53", "s3", "secretsmanager", "sns", "ssm", "stepfunctions", "sts"),
]


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.filterwarnings("error")
def test_every_pattern_of_the_models_compiles(service: str) -> None:
    model = get_service_model(service)
    traits = [model.shape_for(name).metadata for name in model.shape_names]

    assert all(compiled(each["pattern"]).pattern for each in traits if "pattern" in each)


@pytest.mark.parametrize(
    ("java", "fits", "does_not"),
    [
        (r"[\w+=,.@-]+", "a_9-@", "é"),
        (r"\d{2}", "12", "1٣"),
        (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", "é ٣", "!"),
        (r"\p{ASCII}+", "a~", "é"),
        (r"^[a-z]+$", "shop", "shop\n"),
        (r"a|b", "b", "ab"),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF]*", "a😀", "\ufffe"),
        (r"[a-z&&[^aeiou]]+", "xyz", "a"),
    ],
)
def test_a_pattern_matches_whole_values_as_in_java(java: str, fits: str, does_not: str) -> None:
    assert compiled(java).fullmatch(fits)
    assert not compiled(java).fullmatch(does_not)
