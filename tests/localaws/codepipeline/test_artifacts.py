"""The artifact bucket of a pipeline."""

import json

from tests.support.localaws.aws_pipeline import System, clients
from tests.support.localaws.changed_pipelines import failure


def test_artifacts_are_encrypted_with_the_key_of_the_pipeline(shop: System) -> None:
    key = clients().client("kms").create_key()["KeyMetadata"]["Arn"]
    store = {"type": "S3", "location": "shop-artifacts", "encryptionKey": {"type": "KMS", "id": key}}
    shop.update(shop.declaration() | {"artifactStore": store})
    execution = shop.push("encrypted")["pipelineExecutionId"]
    shop.update(shop.declaration())
    for action in ("Push", "Build"):
        [artifact] = shop.actions(execution)[action]["output"]["outputArtifacts"]
        place = artifact["s3location"]
        head = clients().client("s3").head_object(Bucket=place["bucket"], Key=place["key"])
        assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)


def test_a_missing_artifact_fails_the_action_that_needs_it(shop: System) -> None:
    """A build without artifacts in its buildspec writes none."""
    spec = json.dumps({"version": "0.2", "phases": {"build": {"commands": ["true"]}}})
    shop.create_project("keeps-nothing", spec)
    code, message = failure(shop, "Deploy", Build={"configuration": {"ProjectName": "keeps-nothing"}})
    assert code == "PermissionError"
    assert message.startswith("Unable to access the artifact with Amazon S3 object key 'shop/definition/")
    assert message.endswith(
        "' located in the Amazon S3 artifact bucket 'shop-artifacts'. "
        "The provided role does not have sufficient permissions."
    )
