/** The pages in Chromium: at 0, 1 and 50 nodes, while things change, narrow, by keyboard, and without scripts. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { type Looked, look, overflowPixels, startBrowser } from "../support/browser.ts";
import { alert, calmCluster, troubledCluster } from "../support/web-scenes.ts";
import { openStage, type Stage } from "../support/web-stage.ts";

let browser: Browser;

before(async () => {
  browser = await startBrowser();
});
after(() => browser.close());

interface Cleanup {
  after(run: () => Promise<void>): void;
}

async function at(t: Cleanup, stage: Stage, path: string, options = {}): Promise<Looked> {
  stage.live();
  return lookAt(t, stage, path, options);
}

/** At a moment that stands still. */
async function lookAt(t: Cleanup, stage: Stage, path: string, options = {}): Promise<Looked> {
  const looked = await look(browser, stage.url + path, options);
  t.after(async () => {
    await looked.close();
    await stage.close();
  });
  return looked;
}

function live(page: Page): Promise<unknown> {
  return page.waitForSelector('#freshness[data-state="live"]');
}

test("no node: says how to point a sidecar here, with the address; the first heartbeat turns the page", async (t) => {
  const stage = await openStage();
  const { page, complaints } = await at(t, stage, "/");
  await live(page);
  assert.match(await page.innerText("main"), /sidecar --to 127\.0\.0\.1:2003/);
  stage.addNode("connect-1");
  await page.waitForSelector('.tile[data-key="connect-1"]');
  assert.match(await page.innerText("h1"), /^The only node is alive/);
  assert.equal(await page.isVisible(".welcome"), false);
  assert.deepEqual(complaints, []);
});

test("one node: it dies, and the page says so without being loaded again", async (t) => {
  const stage = await calmCluster(1);
  const { page, complaints } = await at(t, stage, "/");
  await live(page);
  await page.evaluate("window.notReloaded = true");
  stage.nodes.get("connect-1")!.running = false;
  stage.room.pass(180_000);
  await page.waitForSelector('.tile[data-level="crit"] .tile-word');
  assert.equal(await page.innerText(".tile-word"), "stale");
  assert.match(await page.innerText("h1"), /^The only node is not heard — connect-1 silent for \d+ m/);
  assert.match(await page.innerText("#announce"), /connect-1 silent/);
  assert.equal(await page.evaluate("window.notReloaded"), true);
  assert.deepEqual(complaints, []);
});

test("fifty nodes: all in sight, sorted, and an update is quick", async (t) => {
  const stage = await calmCluster(50);
  const { page, complaints } = await at(t, stage, "/", { viewport: { width: 1440, height: 1200 } });
  await live(page);
  assert.equal(await page.locator(".tile").count(), 50);
  assert.equal(await page.locator(".tile").last().isVisible(), true);
  assert.equal(await overflowPixels(page), 0);
  stage.kill("connect-33");
  stage.room.pass(60_000);
  await page.waitForSelector('.tile:first-child[data-key="connect-33"]');
  assert.match(await page.innerText("h1"), /^49 of 50 nodes alive — connect-33 silent for/);
  assert.deepEqual(complaints, []);
});

test("alerts come and go, and what has the focus keeps it", async (t) => {
  const stage = await calmCluster(3);
  const { page, complaints } = await at(t, stage, "/");
  await live(page);
  await page.focus('.tile[data-key="connect-3"] a');
  const startsAtMs = stage.room.now().wallMs - 60_000;
  const drift = { name: "ClockDrift", node: "connect-2", severity: "warning", summary: "It drifts.", startsAtMs };
  stage.alerts = [alert(drift), alert({ ...drift, name: "Older", severity: "critical" })];
  await page.waitForSelector(".alert:nth-child(2)");
  assert.match(await page.innerText(".alert:first-child"), /Older/);
  assert.equal(await page.getAttribute(".alert a", "href"), "/node/prod/connect-2");
  stage.alerts = [];
  await page.waitForSelector(".alert", { state: "detached" });
  assert.match(await page.innerText(".alerts"), /none open/);
  const focused = await page.evaluate("document.activeElement.closest('.tile')?.dataset.key");
  assert.equal(focused, "connect-3");
  assert.deepEqual(complaints, []);
});

for (const path of ["/", "/node/prod/connect-4", "/node/prod/connect-2"]) {
  test(`the model leaves ${path} as the server printed it`, async (t) => {
    const stage = await troubledCluster();
    const looked = await look(browser, stage.url + path, { javaScriptEnabled: false });
    const printed = await contentOf(looked.page);
    await looked.close();
    const { page, complaints } = await lookAt(t, stage, path);
    await live(page);
    assert.equal(await contentOf(page), printed);
    assert.deepEqual(complaints, []);
  });
}

/** What the model decides: not ages, nor what charts.ts draws. */
async function contentOf(page: Page): Promise<string> {
  const text = await page.locator("main").innerHTML();
  return text
    .replace(/<section class="charts"[\s\S]*?<section class="panel" aria-labelledby="series-title"/, "")
    .replace(/(<span class="age"[^>]*>)[^<]*/g, "$1")
    .replace(/<noscript>[\s\S]*?<\/noscript>/g, "");
}

test("a node's page draws its charts; a range is a link", async (t) => {
  const { page, complaints } = await at(t, await troubledCluster(), "/node/prod/connect-4?from=now-6h&to=now");
  await page.waitForSelector(".chart canvas");
  assert.equal(await page.locator(".chart canvas").count(), await page.locator(".chart").count());
  assert.equal(await page.innerText('.range [aria-current="true"]'), "6h");
  assert.match(await page.innerText('[data-chart="clock"] .legend'), /offset\s2\.00\d s ± 300 µs/);
  assert.match((await page.getAttribute('[data-chart="load"] .plot', "aria-label"))!, /^Load: 1 min \d/);
  await page.click('.range a:has-text("1h")');
  assert.equal(await page.innerText('.range [aria-current="true"]'), "1h");
  assert.match(page.url(), /\?from=now-1h&to=now$/);
  await page.goBack();
  assert.equal(await page.innerText('.range [aria-current="true"]'), "6h");
  assert.deepEqual(complaints, []);
});

test("marking a part of a chart shows that part, and the address says which", async (t) => {
  const { page, complaints } = await at(t, await troubledCluster(), "/node/prod/connect-4?from=now-6h&to=now");
  await page.waitForSelector(".chart canvas");
  await page.locator('[data-chart="load"]').scrollIntoViewIfNeeded();
  const box = (await page.locator('[data-chart="load"] .u-over').boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.25, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, box.y + 40, { steps: 4 });
  await page.mouse.up();
  await page.waitForURL(/from=\d{13}&to=\d{13}$/);
  const { searchParams } = new URL(page.url());
  const hours = (Number(searchParams.get("to")) - Number(searchParams.get("from"))) / 3_600_000;
  assert.ok(Math.abs(hours - 1.5) < 0.2, `${hours} h`);
  assert.match(await page.innerText("#range-custom"), /^2026-\d\d-\d\d .* UTC to /);
  assert.deepEqual(complaints, []);
});

test("when the aggregator is gone, the page says how old it is; when it is back, it goes on", async (t) => {
  const stage = await calmCluster(2);
  const { page } = await at(t, stage, "/");
  await live(page);
  await stage.stop();
  await page.waitForSelector("#stale:not([hidden])");
  assert.match(await page.innerText("#stale"), /can't be reached. What you see is \d+ s old/);
  stage.kill("connect-2");
  stage.room.pass(60_000);
  await stage.restart();
  await page.waitForSelector("#stale", { state: "hidden" });
  await page.waitForSelector('.tile[data-key="connect-2"][data-level="crit"]');
});

for (const width of [320, 768, 1440, 3840]) {
  test(`at ${width} px nothing has to be scrolled sideways`, async (t) => {
    const stage = await troubledCluster();
    stage.addNode("a-node-with-a-name-that-does-not-want-to-end-on-a-narrow-screen-at-all");
    const { page, complaints } = await at(t, stage, "/", { viewport: { width, height: 900 } });
    for (const path of ["/", "/node/prod/connect-4", "/nothing"]) {
      await page.goto(stage.url + path);
      if (path !== "/nothing") await live(page);
      assert.equal(await overflowPixels(page), 0, path);
    }
    assert.deepEqual(
      complaints.filter((text) => !text.includes("404")),
      [],
    );
  });
}

test("by keyboard: everything is reached, and is seen to be", async (t) => {
  const { page } = await at(t, await calmCluster(3), "/");
  await live(page);
  const reached: string[] = [];
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press("Tab");
    const [name, outline] = (await page.evaluate(
      "[document.activeElement.textContent.trim().slice(0, 20), getComputedStyle(document.activeElement).outlineStyle]",
    )) as [string, string];
    assert.equal(outline, "solid", name);
    reached.push(name);
  }
  assert.match(
    reached.join("|"),
    /Skip to the content.*Lockstep.*Overview.*connect-1.*connect-2.*connect-3.*clusters/s,
  );
});

test("light and dark: as the system has it, until somebody chooses", async (t) => {
  const stage = await calmCluster(1);
  const { page } = await at(t, stage, "/", { colorScheme: "dark" });
  const background = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
  const dark = await background();
  await live(page);
  await page.keyboard.press("d");
  const light = await background();
  assert.notEqual(light, dark);
  await page.goto(`${stage.url}/node/prod/connect-1`);
  assert.equal(await background(), light);
});

test("without scripts: all is there but the charts, and their values are a link away", async (t) => {
  const stage = await troubledCluster();
  const { page, complaints } = await at(t, stage, "/", { javaScriptEnabled: false });
  assert.match(await page.innerText("h1"), /^4 of 5 nodes alive — connect-2 silent for 3 m/);
  assert.equal(await page.locator(".tile").count(), 5);
  await page.click('.tile[data-key="connect-4"] a');
  assert.match(await page.innerText("main"), /2\.003 s fast ± /);
  assert.match(await page.innerText("#charts-note"), /Charts need JavaScript/);
  await page.click('[data-chart="load"] h3 a');
  assert.match(await page.innerText("body"), /"startSeconds":/);
  assert.deepEqual(complaints, []);
});

test("a node's name that is a script is a name", async (t) => {
  const stage = await openStage();
  for (const name of ["<img src=x onerror=alert(1)>", '"><script>alert(1)</script>', "__proto__"]) stage.addNode(name);
  const { page, complaints } = await at(t, stage, "/");
  await live(page);
  stage.addNode("<svg onload=alert(2)>");
  await page.waitForSelector('.tile[data-key="<svg onload=alert(2)>"]');
  assert.equal(await page.locator(".tile").count(), 4);
  await page.click('.tile[data-key="<img src=x onerror=alert(1)>"] a');
  await page.waitForSelector(".chart canvas");
  assert.match(await page.innerText("h1"), /^<img src=x onerror=alert\(1\)>/);
  assert.deepEqual(complaints, []);
});
