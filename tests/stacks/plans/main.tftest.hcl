# The main stack, as a plan resolves it.
mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

override_data {
  target = data.terraform_remote_state.cross-stack-reference-input-dev-registry
  values = {
    outputs = {
      cross-stack-output-aws_ecr_repositoryrepositoryarn            = "arn:aws:ecr:eu-central-1:123456789012:repository/example-app-dev"
      cross-stack-output-aws_ecr_repositoryrepositoryname           = "example-app-dev"
      cross-stack-output-aws_ecr_repositoryrepositoryrepository_url = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/example-app-dev"
    }
  }
}
override_data {
  target = data.terraform_remote_state.cross-stack-reference-input-dev-dns
  values = {
    outputs = {
      cross-stack-output-aws_route53_zonezonezone_id = "Z0123456789ABCDEFGHIJ"
    }
  }
}

run "main" {
  command = plan
  module {
    source = "./dev-main"
  }

  assert {
    condition = { for variable in aws_codebuild_project.pipeline_image_definitions_C5AA3163.environment[0].environment_variable : variable.name => variable.value } == {
      CONTAINER_NAME = "app"
      REPOSITORY_URI = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/example-app-dev"
    }
    error_message = "The build's variables do not hold the container's name and the repository's URL, resolved."
  }
  assert {
    condition = jsondecode(aws_codepipeline.pipeline.stage[1].action[0].configuration["EnvironmentVariables"]) == [{
      name  = "REPOSITORY_URI"
      value = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/example-app-dev@#{Source.ImageDigest}"
    }]
    error_message = "The build action does not append the pushed digest to the repository's URL."
  }
  assert {
    condition     = jsondecode(aws_codebuild_project.pipeline_image_definitions_C5AA3163.source[0].buildspec).phases.build.commands == ["echo \"[{\\\"name\\\":\\\"$CONTAINER_NAME\\\",\\\"imageUri\\\":\\\"$REPOSITORY_URI\\\"}]\" > imagedefinitions.json"]
    error_message = "Terraform changed the command of the build."
  }
  assert {
    condition     = jsondecode(aws_ecs_task_definition.service_task_definition_149AA298.container_definitions)[0].image == "123456789012.dkr.ecr.eu-central-1.amazonaws.com/example-app-dev:latest"
    error_message = "The container's image is not that of the repository."
  }
  assert {
    condition     = contains(jsondecode(aws_ecs_task_definition.service_task_definition_149AA298.container_definitions)[0].environment, { name = "DB_HOST", value = "example-app-dev.c1a2b3c4d5e6.eu-central-1.rds.amazonaws.com" })
    error_message = "The container does not know the database's host."
  }
  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.pipeline_trigger_847530DB.event_pattern).detail.repository-name == ["example-app-dev"]
    error_message = "The event rule does not watch the repository."
  }
  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.rotation.event_pattern).resources == ["arn:aws:secretsmanager:eu-central-1:123456789012:secret:login"]
    error_message = "The event rule does not watch the database's secret."
  }
  assert {
    condition     = jsondecode(aws_sfn_state_machine.rotation_restart_B567AEF2.definition).States.Restart.Arguments == { Cluster = "example-app-dev", Service = "example-app-dev", ForceNewDeployment = true }
    error_message = "The state machine does not restart the service."
  }
  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.pipeline_role_rights_C454EF4E.policy).Statement : statement.Resource if statement.Sid == "TagTaskDefinition"
    ] == [["arn:aws:ecs:eu-central-1:123456789012:task-definition/example-app-dev:*"]]
    error_message = "The pipeline may not tag the revisions of the task definition, and only them."
  }
  assert {
    condition     = [for subnet in [aws_subnet.network_zone_0_private_A097B04C, aws_subnet.network_zone_1_private_5EA3A232] : subnet.availability_zone] == ["eu-central-1a", "eu-central-1b"]
    error_message = "The private subnets do not stand in the first two zones."
  }
  assert {
    condition     = [for key, record in aws_route53_record.certificate_validation_record_617D7E70 : [key, record.name, record.zone_id]] == [["example-app.dev-environment.com", "_1.example-app.dev-environment.com.", "Z0123456789ABCDEFGHIJ"]]
    error_message = "There is not one validation record for each domain of the certificate."
  }
}
