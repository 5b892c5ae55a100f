mock_provider "aws" {
  override_during = plan

  mock_resource "aws_route53_zone" {
    defaults = {
      name_servers = ["ns-1.awsdns-01.org", "ns-2.awsdns-02.com"]
    }
  }
}

run "dns" {
  command = plan
  module {
    source = "./dev-dns"
  }

  assert {
    condition     = output.name_servers == tolist(["ns-1.awsdns-01.org", "ns-2.awsdns-02.com"])
    error_message = "The zone's name servers are not an output."
  }
}
