import { Missing } from "./missing.mjs";
import { attempt, CommandError, onPath, succeeds } from "./process.mjs";

// dpkg works under one lock: the parts of set-up that want packages take turns.
let last = Promise.resolve();
let updated;

/**
 * Installs Debian packages, as root or through a sudo that asks no password. Throws Missing, naming `what` and `wayOut`,
 * when this machine has no apt-get or does not let us use it.
 */
export function aptInstall(packages, what, wayOut) {
  const turn = last.then(() => install(packages, what, wayOut));
  last = turn.catch(() => undefined);
  return turn;
}

async function install(packages, what, wayOut) {
  if (!onPath("apt-get"))
    throw new Missing(`${what} is missing, and this machine has no apt-get to install it`, wayOut);
  const prefix = await superuser();
  if (!prefix) {
    throw new Missing(
      `${what} is missing, and installing it needs root`,
      `${wayOut}, or run: sudo apt-get install ${packages.join(" ")}`,
    );
  }
  updated ??= apt(prefix, ["update"]);
  await updated;
  const { status, output } = await apt(prefix, ["install", "-y", "--no-install-recommends", ...packages]);
  if (status === 0) return;
  const command = `apt-get install ${packages.join(" ")}`;
  if (/Unable to locate package|has no installation candidate/.test(output)) {
    throw new Missing(`${what} is missing, and apt-get knows no package of ${packages.join(" ")}`, wayOut);
  }
  throw new CommandError(command, status, output);
}

/** The words before a command that make it run as root: none for root itself; undefined when there is no way. */
async function superuser() {
  if (process.getuid?.() === 0) return [];
  const sudo = ["sudo", "-n"];
  return onPath("sudo") && (await succeeds(sudo[0], ["-n", "true"])) ? sudo : undefined;
}

function apt(prefix, args) {
  const words = [
    ...prefix,
    "env",
    "DEBIAN_FRONTEND=noninteractive",
    "apt-get",
    "-q",
    "-o",
    "DPkg::Lock::Timeout=120",
    ...args,
  ];
  return attempt(words[0], words.slice(1));
}
