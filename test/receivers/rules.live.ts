/** Rules in a real aggregator: files on a real disk, changed while lines come. */
import assert from "node:assert/strict";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type LiveAggregator, startLiveAggregator } from "../support/aggregator.ts";
import { until } from "../support/live.ts";

test("rules are in force from the start, change with their files, and aggregate", async () => {
  const directory = await mkdtemp(join(tmpdir(), "lockstep-rules-"));
  await writeFile(join(directory, "blacklist.conf"), "^noisy\\.\n");
  await writeFile(join(directory, "rewrite-rules.conf"), "[pre]\n^old\\. = new.\n");
  await writeFile(join(directory, "aggregation-rules.conf"), "all.<x> (10) = sum new.*.<x>\n");
  let aggregator: LiveAggregator | undefined;
  try {
    aggregator = await startLiveAggregator({
      "receivers.rules.directory": directory,
      "receivers.rules.reread": "100ms",
      "receivers.rules.writeBackSeconds": 1,
    });
    const { find, port, values } = aggregator;
    const now = Math.floor(Date.now() / 10_000) * 10;
    await send(port, `noisy.a 1 ${now}\nold.a.r 1 ${now}\nold.b.r 2 ${now}\nfine.a 1 ${now}\n`);
    await until(
      async () => ((await find("all.*")).length > 0 ? true : undefined),
      () => "no aggregate",
    );
    assert.deepEqual(await find("*.*"), ["all.r", "fine.a"]);
    assert.deepEqual(await find("*.*.*"), ["new.a.r", "new.b.r"]);
    assert.deepEqual([...(await values("all.r", 3600)).values()], [3]);
    // As an editor writes it: a new file under the old name.
    await writeFile(join(directory, "next"), "^fine\\.\n");
    await rename(join(directory, "next"), join(directory, "blacklist.conf"));
    await until(
      async () => {
        await send(port, `noisy.a 1 ${now}\n`);
        return (await find("noisy.*")).length > 0 ? true : undefined;
      },
      () => "the changed list is not in force",
    );
    await send(port, `fine.b 1 ${now}\nlast 1 ${now}\n`);
    await until(
      async () => ((await find("last")).length > 0 ? true : undefined),
      () => "the last line is missing",
    );
    assert.deepEqual(await find("fine.*"), ["fine.a"]);
    const [reject] = aggregator.aggregator.intake.rejects.latest();
    assert.equal(reject!.reason, "blacklisted");
  } finally {
    await aggregator?.close();
    await rm(directory, { recursive: true });
  }
});

function send(port: number, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.end(text));
    socket.once("close", () => resolve());
    socket.once("error", reject);
    socket.resume();
  });
}
