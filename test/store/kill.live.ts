/**
 * kill -9 at random moments, on real files and threads: while windows are written, merged and summarised, while the log
 * changes, while late points are laid over, while series move to another retention. Time runs a hundred times as fast.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { VictimState } from "../support/store-victim.ts";

const KILLS = 100;
const VICTIM = fileURLToPath(new URL("../support/store-victim.js", import.meta.url));
const RETENTIONS = ["1s:2d,10s:9d", "1s:2d,60s:9d", "1s:2d,30s:4d,600s:9d"];

interface Life {
  readonly checked: boolean;
  readonly durable: number;
  readonly written: number;
  readonly said: string;
}

/** Lets a victim live for some time after it has checked what it found. */
function live(directory: string, state: VictimState, lifeMs: number): Promise<Life> {
  return new Promise((resolve) => {
    const victim = spawn(process.execPath, [VICTIM, directory, JSON.stringify(state)]);
    let [out, said] = ["", ""];
    victim.stderr.on("data", (chunk) => {
      said += chunk;
    });
    let timer: NodeJS.Timeout | undefined;
    victim.stdout.on("data", (chunk) => {
      out += chunk;
      // Some are killed while they open: then nothing is to be learned from what they say.
      if (out.includes("checked")) timer ??= setTimeout(() => victim.kill("SIGKILL"), lifeMs);
    });
    const giveUp = setTimeout(() => victim.kill("SIGKILL"), lifeMs < 0 ? -lifeMs : 60_000);
    victim.on("close", () => {
      clearTimeout(timer);
      clearTimeout(giveUp);
      const last = (word: string, otherwise: number): number => {
        const lines = out
          .split("\n")
          .slice(0, -1)
          .filter((line) => line.startsWith(word));
        return lines.length === 0 ? otherwise : Number(lines.at(-1)!.split(" ")[1]);
      };
      const durable = last("durable", state.durable);
      resolve({
        checked: out.includes("checked"),
        durable,
        written: Math.max(durable, last("writing", state.written)),
        said,
      });
    });
  });
}

test(`a store that is killed ${KILLS} times loses nothing that was durable, and invents nothing`, async (t) => {
  const seed = Number(process.env["SEED"] ?? 1);
  let random = seed;
  const below = (n: number): number => {
    random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
    return (random >>> 8) % n;
  };
  const directory = mkdtempSync(join(tmpdir(), "lockstep-kill-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const startMs = Date.now();
  let [durable, written, opened] = [0, 0, 0];
  for (let kill = 0; kill < KILLS; kill++) {
    const state: VictimState = {
      startMs,
      speed: 100,
      retentions: RETENTIONS[Math.floor(kill / 10) % RETENTIONS.length]!,
      durable,
      written,
      headBytes: kill % 4 === 0 ? 0 : 16e6,
    };
    const inOpening = kill % 5 === 4;
    const life = await live(directory, state, inOpening ? -(100 + below(400)) : below(700));
    if (!inOpening) assert.ok(life.checked, `seed ${seed}, kill ${kill}: ${life.said}`);
    assert.equal(life.said, "", `seed ${seed}, kill ${kill}`);
    if (life.checked) opened++;
    ({ durable, written } = life);
  }
  const segments = readdirSync(directory, { recursive: true }).filter((name) => String(name).endsWith(".seg")).length;
  t.diagnostic(`seed ${seed}: ${opened} of ${KILLS} checked, ${durable} points durable, ${segments} segments`);
  assert.ok(durable > 0 && segments > 0);
});
