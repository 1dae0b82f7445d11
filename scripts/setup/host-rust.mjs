import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Missing } from "./missing.mjs";
import { root } from "./paths.mjs";
import { attempt, onPath, succeeds } from "./process.mjs";

const wayOut = "install Rust with rustup, then run this again";

/** Makes sure that cargo is here, new enough for Cargo.toml, and has a C linker to call. Returns rustc's version line. */
export async function hostRust() {
  if (!onPath("cargo")) throw new Missing("cargo is missing", wayOut);
  const { status, stdout, output } = await attempt("rustc", ["--version"]);
  if (status !== 0) throw new Missing(`rustc does not run (${output.trim().split("\n")[0]})`, wayOut);
  const found = /rustc (\d+)\.(\d+)/.exec(stdout);
  const wanted = /rust-version = "(\d+)\.(\d+)/.exec(readFileSync(join(root, "Cargo.toml"), "utf8"));
  if (found && wanted && older(found, wanted)) {
    const [release, minimum] = [found, wanted].map(([, major, minor]) => `${major}.${minor}`);
    throw new Missing(`Rust ${minimum} is missing, this machine has ${release}`, "run: rustup update stable");
  }
  if (process.platform !== "win32" && !onPath("cc")) {
    throw new Missing(
      "a C linker (cc) is missing",
      "install gcc or clang (Debian: apt-get install gcc libc6-dev)",
    );
  }
  return stdout.trim();
}

/** Makes sure that cargo can lint and format: rustup adds what is not there. */
export async function rustLinters() {
  const parts = [
    ["clippy", "cargo-clippy"],
    ["rustfmt", "cargo-fmt"],
  ];
  for (const [component, program] of parts) {
    if (await succeeds(program, ["--version"])) continue;
    if (onPath("rustup") && (await succeeds("rustup", ["component", "add", component]))) continue;
    throw new Missing(`${component} is missing`, `run: rustup component add ${component}`);
  }
}

function older(found, wanted) {
  const [major, minor] = [Number(found[1]) - Number(wanted[1]), Number(found[2]) - Number(wanted[2])];
  return major < 0 || (major === 0 && minor < 0);
}
