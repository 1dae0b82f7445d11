import { chromium } from "playwright";
import { onTestFinished } from "vitest";
import type { Report } from "./report.js";

/** Returns what the page at `url` reports; throws when the page logs an error. */
export async function reportOfPage(url: string): Promise<Report> {
  const executablePath = process.env.CHROMIUM_PATH;
  const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"];
  const browser = await chromium.launch(executablePath ? { args, executablePath } : { args });
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  const failed = new Promise<never>((_, reject) => page.on("pageerror", reject));
  await page.goto(url);
  const reported = page
    .waitForFunction(() => "report" in globalThis)
    .then(() => page.evaluate(() => (globalThis as unknown as { report: Promise<Report> }).report));
  return Promise.race([reported, failed]);
}
