"use strict";
// Declares, with cdktf for Node, what the stacks in a folder declare as JSON. The JSON of both is the same.

const { readFileSync, readdirSync } = require("node:fs");
const { join } = require("node:path");
const { App, LocalBackend, TerraformLocal, TerraformOutput, TerraformStack } = require("cdktf");
const { DataTerraformRemoteStateLocal } = require("cdktf");

const camel = (text) => text.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());

/** Return the value with the names of cdktf, such as cidrBlock. */
function config(value) {
  if (Array.isArray(value)) return value.map(config);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [camel(name), config(each)]));
}

/** Return the class of a type such as aws_vpc. Its module is loaded at its first use. */
function construct(kind, type) {
  const name = (kind === "data" ? "data_" : "") + (kind === "data" ? type : type.replace(/^aws_/, ""));
  const module = require(`@cdktf/provider-aws/lib/${name.replaceAll("_", "-")}`);
  return Object.values(module).find((each) => each.tfResourceType === type);
}

/** Declare the resources or the data sources of a stack. */
function declareAll(stack, kind, declared = {}) {
  for (const [type, all] of Object.entries(declared)) {
    for (const [id, { "//": _, depends_on, for_each, ...rest }] of Object.entries(all)) {
      const dependsOn = depends_on?.map((fqn) => ({ fqn }));
      const forEach = for_each && { _getForEachExpression: () => for_each };
      const made =
        type === "terraform_remote_state"
          ? new DataTerraformRemoteStateLocal(stack, id, { path: rest.config.path, workspace: rest.workspace })
          : new (construct(kind, type))(stack, id, { ...config(rest), dependsOn, forEach });
      made.overrideLogicalId(id);
    }
  }
}

const [folder] = process.argv.slice(2);
const app = new App();
for (const name of readdirSync(join(folder, "stacks"))) {
  const declared = JSON.parse(readFileSync(join(folder, "stacks", name, "cdk.tf.json"), "utf8"));
  const stack = new TerraformStack(app, name);
  const { AwsProvider } = require("@cdktf/provider-aws/lib/provider");
  new AwsProvider(stack, "aws", config(declared.provider.aws[0]));
  new LocalBackend(stack, { path: declared.terraform.backend.local.path });
  stack.addOverride("terraform.required_version", declared.terraform.required_version);
  stack.addOverride("terraform.required_providers", declared.terraform.required_providers);
  for (const [id, expression] of Object.entries(declared.locals ?? {})) new TerraformLocal(stack, id, expression).overrideLogicalId(id);
  declareAll(stack, "data", declared.data);
  declareAll(stack, "resource", declared.resource);
  for (const [id, output] of Object.entries(declared.output ?? {})) new TerraformOutput(stack, id, { ...output, staticId: true }).overrideLogicalId(id);
}
app.synth();
