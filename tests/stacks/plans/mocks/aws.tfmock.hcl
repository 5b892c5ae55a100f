# What AWS would answer: enough for Terraform to resolve every policy and definition while it plans, and for the
# provider to check them.
mock_data "aws_availability_zones" {
  defaults = {
    names = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
  }
}
mock_data "aws_caller_identity" {
  defaults = {
    account_id = "123456789012"
  }
}
mock_data "aws_partition" {
  defaults = {
    partition = "aws"
  }
}
mock_resource "aws_cloudwatch_log_group" {
  defaults = {
    arn = "arn:aws:logs:eu-central-1:123456789012:log-group:logs"
  }
}
mock_resource "aws_codebuild_project" {
  defaults = {
    arn = "arn:aws:codebuild:eu-central-1:123456789012:project/build"
  }
}
mock_resource "aws_codepipeline" {
  defaults = {
    arn = "arn:aws:codepipeline:eu-central-1:123456789012:example-app-dev"
  }
}
mock_resource "aws_db_instance" {
  defaults = {
    address            = "example-app-dev.c1a2b3c4d5e6.eu-central-1.rds.amazonaws.com"
    master_user_secret = [{ secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:login" }]
  }
}
mock_resource "aws_ecs_cluster" {
  defaults = {
    arn = "arn:aws:ecs:eu-central-1:123456789012:cluster/example-app-dev"
  }
}
mock_resource "aws_ecs_service" {
  defaults = {
    id = "arn:aws:ecs:eu-central-1:123456789012:service/example-app-dev/example-app-dev"
  }
}
mock_resource "aws_ecs_task_definition" {
  defaults = {
    arn_without_revision = "arn:aws:ecs:eu-central-1:123456789012:task-definition/example-app-dev"
  }
}
mock_resource "aws_iam_role" {
  defaults = {
    arn = "arn:aws:iam::123456789012:role/role"
  }
}
mock_resource "aws_kms_key" {
  defaults = {
    arn = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-96ef-1234567890ab"
  }
}
mock_resource "aws_lb" {
  defaults = {
    arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/example-app-dev/0123456789abcdef"
  }
}
mock_resource "aws_lb_target_group" {
  defaults = {
    arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/app-0/0123456789abcdef"
  }
}
mock_resource "aws_sfn_state_machine" {
  defaults = {
    arn = "arn:aws:states:eu-central-1:123456789012:stateMachine:example-app-dev-restart"
  }
}
mock_resource "aws_s3_bucket" {
  defaults = {
    id  = "example-app-dev-artifacts-0"
    arn = "arn:aws:s3:::example-app-dev-artifacts-0"
  }
}

mock_resource "aws_acm_certificate" {
  defaults = {
    arn = "arn:aws:acm:eu-central-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"
    domain_validation_options = [{
      domain_name           = "example-app.dev-environment.com"
      resource_record_name  = "_1.example-app.dev-environment.com."
      resource_record_type  = "CNAME"
      resource_record_value = "_2.acm-validations.aws."
    }]
  }
}
