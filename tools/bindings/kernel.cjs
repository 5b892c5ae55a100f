"use strict";
// The runtime of jsii starts a second Node process with the kernel, and passes each message on. With this script, the
// first process runs the kernel itself. So a message takes half of the time. lazy.cjs loads the script.

const fs = require("node:fs");
const { dirname, join } = require("node:path");

const RUNTIME = /[\\/]bin[\\/]jsii-runtime\.js$/;
const NODE = /^v22\./; // The runtime warns about a Node that jsii does not support. So it runs with every other version.
const [REQUESTS, ANSWERS, OUTPUT, CHANNEL] = [0, 1, 2, 3]; // file descriptors: of this process, and the kernel's
const { readSync, writeSync } = fs;

/** Return whether a file is a runtime of jsii in whose place this process can run the kernel. */
exports.replaces = (filename) => RUNTIME.test(filename) && NODE.test(process.version);

/** Prepare this process to run the kernel, and return the path of the kernel. */
exports.prepare = (runtime) => {
  process.execArgv.push("--preserve-symlinks"); // without it, the kernel copies each package in place of a link
  fs.readSync = (file, ...rest) => readSync(file === CHANNEL ? REQUESTS : file, ...rest);
  fs.writeSync = (file, content, ...rest) => {
    if (file === OUTPUT) return print("stderr", content); // with JSII_DEBUG, the kernel writes each message to OUTPUT
    return writeSync(file === CHANNEL ? ANSWERS : file, content, ...rest);
  };
  for (const name of ["stdout", "stderr"]) process[name].write = (text) => print(name, text) >= 0;
  return join(dirname(runtime), "..", "lib", "program.js");
};

/** Print a text as Python expects it from the runtime, and return the length of the text. */
function print(name, text) {
  const line = Buffer.from(`${JSON.stringify({ [name]: Buffer.from(text).toString("base64") })}\n`);
  for (let written = 0; written < line.length; ) written += write(line, written);
  return text.length;
}

/** Write a part of a line, and return its length. If the pipe is full, wait a millisecond, and return 0. */
function write(line, start) {
  try {
    return writeSync(OUTPUT, line, start);
  } catch (error) {
    if (error.code !== "EAGAIN") throw error;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 0, 1);
    return 0;
  }
}
