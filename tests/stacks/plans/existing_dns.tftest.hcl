# An existing zone must be that of the domain or of one above it.
mock_provider "aws" {
  override_during = plan

  mock_data "aws_route53_zones" {
    defaults = { ids = ["Z1", "Z0"] }
  }
}

run "zone_of_the_domain" {
  command = plan
  module {
    source = "./existing-dns"
  }
  override_data {
    target = data.aws_route53_zone.zone_existing_948618DC
    values = { name = "example-app.dev-environment.com" }
  }
}

run "zone_above_the_domain" {
  command = plan
  module {
    source = "./existing-dns"
  }
  override_data {
    target = data.aws_route53_zone.zone_existing_948618DC
    values = { name = "dev-environment.com." }
  }
}

run "zone_of_a_longer_name" {
  command = plan
  module {
    source = "./existing-dns"
  }
  override_data {
    target = data.aws_route53_zone.zone_existing_948618DC
    values = { name = "www.example-app.dev-environment.com" }
  }
  expect_failures = [data.aws_route53_zone.zone_existing_948618DC]
}

run "zone_with_the_same_ending" {
  command = plan
  module {
    source = "./existing-dns"
  }
  override_data {
    target = data.aws_route53_zone.zone_existing_948618DC
    values = { name = "environment.com" }
  }
  expect_failures = [data.aws_route53_zone.zone_existing_948618DC]
}

run "zone_of_another_account" {
  command = plan
  module {
    source = "./existing-dns"
  }
  override_data {
    target = data.aws_route53_zones.zone_all_5777F4D2
    values = { ids = ["Z1", "Z00"] }
  }
  override_data {
    target = data.aws_route53_zone.zone_existing_948618DC
    values = { name = "example-app.dev-environment.com" }
  }
  expect_failures = [data.aws_route53_zone.zone_existing_948618DC]
}
