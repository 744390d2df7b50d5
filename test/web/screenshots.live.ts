/** The pictures of the README: `UPDATE=1` takes them anew, of the same cluster that the tests look at. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { look, startBrowser } from "../support/browser.ts";
import { troubledCluster } from "../support/web-scenes.ts";

const { UPDATE } = process.env;
const MOST_BYTES = 300_000;
/** PNG: eight bytes, then the header with width and height. */
const WIDTH_AT = 16;

interface Picture {
  readonly name: string;
  readonly path: string;
  readonly height: number;
  readonly colorScheme: "dark" | "light";
  /** What is there when the page is done. */
  readonly ready: string;
}

const PICTURES: readonly Picture[] = [
  { name: "overview.png", path: "/", height: 880, colorScheme: "dark", ready: '#freshness[data-state="live"]' },
  {
    name: "node.png",
    path: "/node/prod/connect-4?from=now-3h&to=now",
    height: 1190,
    colorScheme: "light",
    ready: ".chart:last-child canvas",
  },
];

for (const picture of PICTURES) {
  test(`docs/screenshots/${picture.name} is there, 1440 pixels wide, and small`, async () => {
    const file = fileURLToPath(new URL(`../../../docs/screenshots/${picture.name}`, import.meta.url));
    if (UPDATE === "1") await take(file, picture);
    assert.ok(existsSync(file), "UPDATE=1 takes it");
    const bytes = readFileSync(file);
    assert.equal(bytes.readUInt32BE(WIDTH_AT), 1440);
    assert.ok(bytes.length < MOST_BYTES, `${bytes.length} bytes`);
  });
}

async function take(file: string, { path, height, colorScheme, ready }: Picture): Promise<void> {
  const stage = await troubledCluster();
  const browser = await startBrowser();
  const { page } = await look(browser, stage.url + path, { colorScheme, viewport: { width: 1440, height } });
  await page.waitForSelector(ready);
  await page.screenshot({ path: file });
  await browser.close();
  await stage.close();
}
