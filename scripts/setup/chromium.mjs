import { aptInstall } from "./apt.mjs";
import { Missing } from "./missing.mjs";
import { isProgram, onPath } from "./process.mjs";

const names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"];
const applications = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];
const wayOut = "install Chromium or Chrome, or set CHROMIUM_PATH to its program";

/** The path of a Chromium or Chrome: CHROMIUM_PATH, what the machine has, or Debian's package. */
export async function chromium() {
  const asked = process.env.CHROMIUM_PATH;
  if (asked) {
    if (isProgram(asked)) return asked;
    throw new Missing(`CHROMIUM_PATH is ${asked}, which is no program`, wayOut);
  }
  const found = onPath(...names) ?? applications.find(isProgram);
  if (found) return found;
  await aptInstall(["chromium"], "A browser (Chromium)", wayOut);
  const installed = onPath(...names);
  if (!installed) throw new Missing("A browser (Chromium) is missing after its installation", wayOut);
  return installed;
}
