import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { aptInstall } from "./apt.mjs";
import { Missing } from "./missing.mjs";
import { root, tools } from "./paths.mjs";
import { isProgram, run } from "./process.mjs";
import { once } from "./stamp.mjs";

const target = "wasm32-unknown-unknown";
const toolchain = join(tools, "rust-wasm");
const what = `Rust's target ${target}`;
const wayOut = `where rustup can download, run: rustup target add ${target}`;

/**
 * The environment of a private Rust toolchain for wasm32, for machines on which rustup cannot add the target. Debian
 * packages a compiler that knows the target but not the target's standard library; the library's sources, with all
 * they depend on, come with it. They are compiled once and laid beside the host's library in a sysroot of our own.
 */
export async function debianWasmRust() {
  const packages = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy", "lld-19"];
  const programs = ["rustc", "cargo", "cargo-clippy", "wasm-ld-19"].map((name) => `/usr/bin/${name}`);
  if (process.platform !== "linux") throw new Missing(`${what} is missing`, wayOut);
  if (!programs.every(isProgram)) await aptInstall(packages, what, wayOut);
  const version = await run("/usr/bin/rustc", ["--version"]);
  await once(
    "rust-wasm",
    version,
    () => isProgram(join(toolchain, "bin/rustc")),
    () => makeToolchain(),
  );
  return {
    PATH: [join(toolchain, "bin"), process.env.PATH].join(delimiter),
    RUSTC: join(toolchain, "bin/rustc"),
    // Clippy is a compiler of its own and does not go through the wrapper.
    SYSROOT: toolchain,
    // A rustup proxy would set these for its own toolchain.
    RUSTUP_TOOLCHAIN: undefined,
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER: "/usr/bin/wasm-ld-19",
  };
}

async function makeToolchain() {
  rmSync(toolchain, { recursive: true, force: true });
  // Artefacts compiled against an earlier standard library do not link with a new one (error E0463).
  for (const folder of ["wasm-simd128", "wasm-relaxed"])
    rmSync(join(root, "target", folder), { recursive: true, force: true });
  const library = join(toolchain, "lib/rustlib");
  mkdirSync(join(library, target, "lib"), { recursive: true });
  const host = /host: (.+)/.exec(await run("/usr/bin/rustc", ["-vV"]))[1];
  for (const name of [host, "etc"]) symlinkSync(join("/usr/lib/rustlib", name), join(library, name));
  await compileStandardLibrary(join(library, target, "lib"));
  mkdirSync(join(toolchain, "bin"));
  const wrapper = join(toolchain, "bin/rustc");
  writeFileSync(wrapper, `#!/bin/sh\nexec /usr/bin/rustc --sysroot '${toolchain}' "$@"\n`);
  chmodSync(wrapper, 0o755);
  for (const name of ["cargo", "cargo-clippy", "clippy-driver"])
    symlinkSync(`/usr/bin/${name}`, join(toolchain, "bin", name));
}

/** Compiles std for the target by way of an empty crate, and copies the libraries it consists of into `folder`. */
async function compileStandardLibrary(folder) {
  const crate = mkdtempSync(join(tmpdir(), "thinned-std-"));
  mkdirSync(join(crate, "src"));
  writeFileSync(join(crate, "src/lib.rs"), "");
  writeFileSync(
    join(crate, "Cargo.toml"),
    `[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2021"\n[workspace]\n`,
  );
  const args = ["build", "--release", "-Zbuild-std=std,panic_abort,test", "--target", target];
  await run("/usr/bin/cargo", args, {
    cwd: crate,
    env: {
      PATH: ["/usr/bin", process.env.PATH].join(delimiter),
      RUSTC: "/usr/bin/rustc",
      // -Zbuild-std is an unstable flag, which a stable compiler takes only with this.
      RUSTC_BOOTSTRAP: "1",
      // Without bitcode the libraries could not take part in link-time optimisation. Without locations, their panic
      // messages do not bring this machine's folders into the published module.
      RUSTFLAGS: "-C embed-bitcode=yes -Zlocation-detail=none",
      CARGO_TARGET_DIR: join(crate, "target"),
      RUSTUP_TOOLCHAIN: undefined,
      CARGO_ENCODED_RUSTFLAGS: undefined,
    },
  });
  const built = join(crate, "target", target, "release/deps");
  for (const name of readdirSync(built)) {
    if (name.endsWith(".rlib") && !name.startsWith("libempty-"))
      copyFileSync(join(built, name), join(folder, name));
  }
  rmSync(crate, { recursive: true, force: true });
}
