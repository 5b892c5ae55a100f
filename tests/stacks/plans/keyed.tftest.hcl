# The main stack with a key of its own: what encrypts with it, and whom its policy lets.
mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

override_data {
  target = data.terraform_remote_state.cross-stack-reference-input-keyed-registry
  values = {
    outputs = {
      cross-stack-output-aws_ecr_repositoryrepositoryarn            = "arn:aws:ecr:eu-central-1:123456789012:repository/example-app-keyed"
      cross-stack-output-aws_ecr_repositoryrepositoryname           = "example-app-keyed"
      cross-stack-output-aws_ecr_repositoryrepositoryrepository_url = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/example-app-keyed"
    }
  }
}
override_data {
  target = data.terraform_remote_state.cross-stack-reference-input-keyed-dns
  values = {
    outputs = {
      cross-stack-output-aws_route53_zonezonezone_id = "Z0123456789ABCDEFGHIJ"
    }
  }
}

run "keyed" {
  command = plan
  module {
    source = "./keyed-main"
  }

  assert {
    condition     = [for statement in jsondecode(aws_kms_key.key.policy).Statement : statement.Principal if statement.Sid == "Administer"] == [{ AWS = "arn:aws:iam::123456789012:root" }]
    error_message = "The account does not administer the key."
  }
  assert {
    condition = toset([
      for statement in jsondecode(aws_kms_key.key.policy).Statement : statement.Condition.ArnLike["kms:EncryptionContext:aws:logs:arn"] if statement.Sid == "EncryptLogs"
      ][0]) == toset([for group in [
        "/aws/codebuild/example-app-keyed-image-definitions",
        "/aws/ecs/containerinsights/example-app-keyed/performance",
        "/aws/rds/instance/example-app-keyed/postgresql",
        "/ecs/example-app-keyed",
        "/vpc/example-app-keyed",
    ] : "arn:aws:logs:eu-central-1:123456789012:log-group:${group}"])
    error_message = "CloudWatch Logs does not encrypt the log groups of the environment, and no others."
  }
  assert {
    condition = toset([
      aws_db_instance.database.kms_key_id,
      aws_db_instance.database.master_user_secret_kms_key_id,
      aws_db_instance.database.performance_insights_kms_key_id,
      aws_codebuild_project.pipeline_image_definitions_C5AA3163.encryption_key,
      one(one(aws_codepipeline.pipeline.artifact_store).encryption_key).id,
      aws_cloudwatch_log_group.service_logs_687FB03D.kms_key_id,
    ]) == toset([aws_kms_key.key.arn])
    error_message = "Database, build, pipeline and logs do not all encrypt with the key."
  }
}
