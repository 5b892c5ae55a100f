mock_provider "aws" {
  override_during = plan

  mock_resource "aws_ecr_repository" {
    defaults = {
      repository_url = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/example-app-dev"
    }
  }
}

run "registry" {
  command = plan
  module {
    source = "./dev-registry"
  }

  assert {
    condition     = jsondecode(aws_ecr_lifecycle_policy.repository_lifecycle_E10FE1C4.policy).rules[0].selection.tagPatternList == ["latest"]
    error_message = "The lifecycle policy does not protect the watched tag."
  }
  assert {
    condition     = jsondecode(aws_ecr_lifecycle_policy.repository_lifecycle_E10FE1C4.policy).rules[1].selection.countNumber == 30
    error_message = "The lifecycle policy does not keep 30 images."
  }
  assert {
    condition     = output.repository_url == "123456789012.dkr.ecr.eu-central-1.amazonaws.com/example-app-dev"
    error_message = "The repository's URL is not an output."
  }
}
