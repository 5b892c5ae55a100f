"use strict";
// kernel.py preloads this script into every thread of the jsii kernel.

const fs = require("node:fs");
const { dirname, join } = require("node:path");
const { Worker, isMainThread, workerData } = require("node:worker_threads");

const kernel = require("./kernel.cjs");

// 1. The root module of the AWS bindings requires all its 2,212 submodules. Here a submodule is loaded at its first use.

const ROOT = /[\\/]@cdkt[fn][\\/]provider-aws[\\/]lib[\\/]index\.js$/;
const COMMENT = /\/\*[^]*?\*\/|^\s*\/\/.*/gm;
const HELPER = /^var __\w+ = \(this && this\.__\w+\) \|\| [^]*?^\}\)\)?(\(\))?;$/gm; // of TypeScript
const PREAMBLE =
  /^("use strict";|Object\.defineProperty\(exports, "__esModule", \{ value: true \}\);|(exports\.\w+ = )+void 0;)$/;
const STAR = /__importStar\((require\("[^"]+"\))\)/g; // returns a module of TypeScript as it is
const EXPORT = /^exports\.(?<name>\w+) = require\("(?<path>\.\/[\w-]+(\/index)?)"\);$/;

/** Return the `{name, path}` of each submodule, or undefined if the source does more than export submodules. */
function submodules(source) {
  const statements = source.replace(COMMENT, "").replace(HELPER, "").replace(STAR, "$1");
  const lines = statements.split("\n").map((line) => line.trim());
  const exported = lines.filter((line) => line && !PREAMBLE.test(line)).map((line) => EXPORT.exec(line)?.groups);
  return exported.every(Boolean) ? exported : undefined;
}

// Node's documentation marks require.extensions as deprecated. Its successor, module.registerHooks, is not yet stable
// in Node 22.
const load = require.extensions[".js"];

require.extensions[".js"] = (module, filename) => {
  if (kernel.replaces(filename)) return load(module, kernel.prepare(filename));
  if (ARCHIVER.test(filename)) return loadAtCall(module, filename);
  if (STACK_TRACE.test(filename)) return exportEmptyTraces(module, filename);
  if (!ROOT.test(filename)) return load(module, filename);

  const exported = submodules(fs.readFileSync(filename, "utf8"));
  if (!exported) {
    console.warn(`bindings: every AWS binding is loaded, which is slow: ${filename} has a layout that lazy.cjs does not support`);
    return load(module, filename);
  }
  Object.defineProperty(module.exports, "__esModule", { value: true });
  for (const { name, path } of exported) {
    Object.defineProperty(module.exports, name, { enumerable: true, get: () => module.require(path) });
  }
};

// 2. The bindings have 130 MB of type information. In its first run, jsii parses it, and starts a worker that parses it
// again and writes an index for later runs. The worker is killed when the program ends, and a fast program always ends
// before the index is complete. Here the worker writes the index before jsii looks for it, in at most 30 seconds.

const MANIFEST = /[\\/]\.jsii\.runtime\.v1\.json$/; // jsii reads the manifest of an index before the index
const FEATURES = ["intersection-types", "class-covariant-overrides"]; // all features of jsii's type information
const { readFileSync } = fs;

fs.readFileSync = (path, ...rest) => {
  if (isMainThread && MANIFEST.test(path) && !fs.existsSync(path)) writeIndex(dirname(path));
  return DEFINITIONS.test(path) ? new Definitions(path) : readFileSync(path, ...rest);
};

/** Write the index of an unpacked package. If this fails, jsii parses the type information itself. */
function writeIndex(packageDir) {
  const ended = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const worker = join(dirname(process.argv[1]), "..", "lib", "runtime-index-worker.js");
  new Worker(worker, { workerData: { packageDir, supportedFeatures: FEATURES, ended } }).on("error", () => {});
  Atomics.wait(ended, 0, 0, 30_000);
}

if (!isMainThread && workerData?.ended) {
  process.on("exit", () => {
    Atomics.store(workerData.ended, 0, 1);
    Atomics.notify(workerData.ended, 0);
  });
}

// 3. cdktf loads archiver, which takes 70 ms. Only an asset that is an archive calls it.

const ARCHIVER = /[\\/]node_modules[\\/]archiver[\\/]index\.js$/;

/** Export a function that loads the module at its first call. */
function loadAtCall(module, filename) {
  let called;
  module.exports = (...given) => {
    if (!called) {
      called = new module.constructor(filename, module);
      [called.filename, called.paths] = [filename, module.paths];
      load(called, filename);
    }
    return called.exports(...given);
  };
}

// 4. cdktf captures a stack trace for each token, for a message about a token that cannot be resolved. The traces have the
// frames of the kernel, and not those of the user's program. cdktn has the variable CDKTN_DISABLE_CREATION_STACK for this.

const STACK_TRACE = /[\\/]cdkt[fn][\\/]lib[\\/]tokens[\\/]private[\\/]stack-trace\.js$/;

/** Load the module, and let all its functions return a trace without frames. */
function exportEmptyTraces(module, filename) {
  load(module, filename);
  for (const name of Object.keys(module.exports)) module.exports[name] = () => [];
}

// 5. For the definition of one type, jsii reads a file with the definitions of all types (35 MB). Here it gets an object
// that reads a definition from the file when jsii takes it out.

const DEFINITIONS = /[\\/]\.jsii\.runtime-defs\.v1\.jsonl$/;

/** The content of a file, which stays in the file. */
class Definitions {
  #file;

  constructor(path) {
    this.#file = fs.openSync(path);
  }

  /** Return the text from byte `start` to byte `end`. */
  toString(encoding, start, end) {
    const bytes = Buffer.allocUnsafe(end - start);
    fs.readSync(this.#file, bytes, 0, bytes.length, start);
    return bytes.toString(encoding);
  }
}
