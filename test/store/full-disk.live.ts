/**
 * A disk that is full, under the program as it is started: on a small file system that this test mounts. Receipts stop,
 * senders are held back, pages tell why, and what was asked for is answered; when there is room again, everything that
 * was sent is there. So it is when the process is killed while the disk is full.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { formatReceiptRequest, ReceiptParser } from "#src/carbon/receipt.ts";
import { type Program, startProgram, until } from "../support/live.ts";
import { SmallDisk } from "../support/small-disk.ts";

const PROGRAM = join(import.meta.dirname, "../../../dist/main.js");
const MEBIBYTE = 1024 * 1024;
/** Lines are sent in groups, each with a receipt: so many series, so many seconds of each. */
const SERIES = 100;
const SECONDS = 60;
const GROUP_LINES = SERIES * SECONDS;
/** How much memory the aggregator may take: about 64 MiB that are pending, twice while they grow, the head, and Node. */
const MOST_RESIDENT_BYTES = 600 * MEBIBYTE;
/** A sender of which nothing is read for so long is held back. */
const HELD_BACK_MS = 1_500;
const SETTLE_MS = 60_000;

type ValueOf = (group: number, series: number, second: number) => number;

/** Every point has a value that no other has. */
const counted: ValueOf = (group, series, second) => group * GROUP_LINES + series * SECONDS + second + 0.25;
/** Which can't be compressed either. */
const scattered: ValueOf = (group, series, second) => Math.sin(1 + counted(group, series, second)) * 1e6;

interface Points {
  /** Second 0. */
  readonly startSeconds: number;
  readonly sentValue: ValueOf;
}

/** Series by series, so that the log can leave out neither times nor ids: sixteen bytes a point. */
function linesOf({ startSeconds, sentValue }: Points, group: number): string {
  let text = "";
  for (let s = 0; s < SERIES; s++) {
    for (let k = 0; k < SECONDS; k++) text += `disk.g${group}.s${s} ${sentValue(group, s, k)} ${startSeconds + k}\n`;
  }
  return text;
}

/** One connection that sends groups, and hears which are on the disk. */
class Sender {
  readonly receipted = new Set<number>();
  readonly #points: Points;
  readonly #socket: Socket;
  #open = true;

  constructor(port: number, points: Points) {
    this.#points = points;
    this.#socket = connect(port, "127.0.0.1");
    const receipts = new ReceiptParser("n1", (sequence) => this.receipted.add(sequence));
    this.#socket.on("data", (bytes) => receipts.feed(bytes));
    this.#socket.on("error", () => undefined); // the other side is killed on purpose
    this.#socket.on("close", () => {
      this.#open = false;
      this.#socket.emit("drain"); // whoever waits for it
    });
  }

  /** Bytes that the system has taken over. */
  get takenBytes(): number {
    return this.#socket.bytesWritten - this.#socket.writableLength;
  }

  /** Resolves when the connection takes more, which is never while it is held back; false when it is gone. */
  async send(group: number): Promise<boolean> {
    const text = linesOf(this.#points, group) + formatReceiptRequest("n1", group, this.#points.startSeconds);
    if (this.#open && !this.#socket.write(text)) {
      await new Promise<void>((resolve) => this.#socket.once("drain", resolve));
    }
    return this.#open;
  }

  async sendAll(from: number, to: number): Promise<void> {
    for (let group = from; group < to; group++) if (!(await this.send(group))) return;
  }

  has(from: number, to: number): boolean {
    for (let group = from; group < to; group++) if (!this.receipted.has(group)) return false;
    return true;
  }

  close(): void {
    this.#socket.destroy();
  }
}

interface Health {
  readonly status: string;
  readonly troubles: readonly string[];
  readonly store: {
    readonly blocked?: string;
    readonly segments: number;
    readonly pendingBytes: number;
    readonly damage: readonly string[];
    readonly samples: { readonly late: number; readonly dropped: Readonly<Record<string, number>> };
  };
}

/** The aggregator on a small disk: started, killed and started again. */
class Aggregator {
  readonly disk: SmallDisk;
  readonly data: string;
  readonly #conf = mkdtempSync(join(tmpdir(), "lockstep-disk-conf-"));
  readonly #senders: Sender[] = [];
  program!: Program;
  #url = "";
  #port = 0;

  constructor(t: TestContext, disk: SmallDisk) {
    this.disk = disk;
    this.data = join(disk.path, "data");
    writeFileSync(join(this.#conf, "storage-schemas.conf"), "[all]\npattern = .\nretentions = 1s:1d\n");
    t.after(async () => {
      for (const sender of this.#senders) sender.close();
      await this.program?.kill();
      disk.unmount();
      rmSync(this.#conf, { recursive: true });
    });
  }

  launch(): Program {
    const places = ["--http", "--line", "--time"].flatMap((flag) => [flag, "127.0.0.1:0"]);
    const argv = [PROGRAM, "aggregator", ...places, "--data", this.data, "--carbon-conf", this.#conf];
    this.program = startProgram(process.execPath, argv);
    return this.program;
  }

  async start(): Promise<void> {
    const program = this.launch();
    const [, url, port] = await until(
      async () => /running pages=(http:\S+)\/ line=\S+:(\d+)/.exec(program.output()) ?? undefined,
      () => program.output(),
    );
    this.#url = url!;
    this.#port = Number(port);
  }

  /** Ends by itself, at once: there is no room. Returns what it said. */
  async failToStart(): Promise<string> {
    const program = this.launch();
    assert.equal(await program.ended, 1, program.output());
    return program.output();
  }

  sender(points: Points): Sender {
    const sender = new Sender(this.#port, points);
    this.#senders.push(sender);
    return sender;
  }

  async text(path: string): Promise<string> {
    const response = await fetch(this.#url + path);
    assert.equal(response.status, 200, path);
    return response.text();
  }

  async health(): Promise<Health> {
    return JSON.parse(await this.text("/api/health")) as Health;
  }

  healthWhen(condition: (health: Health) => boolean, what: string): Promise<Health> {
    const ask = async (): Promise<Health | undefined> => {
      const health = await this.health();
      return condition(health) ? health : undefined;
    };
    return until(ask, () => `${what}: ${this.program.output()}`, SETTLE_MS);
  }

  /** The most memory that it ever had. */
  get residentBytes(): number {
    const status = readFileSync(`/proc/${this.program.pid}/status`, "utf8");
    return Number(/VmHWM:\s*(\d+) kB/.exec(status)?.[1]) * 1024;
  }

  /** Every point of groups [from, to) is there with its value. */
  async expectAll({ startSeconds, sentValue }: Points, from: number, to: number): Promise<void> {
    for (let first = from; first < to; first += 20) {
      const groups = Array.from({ length: Math.min(20, to - first) }, (_, i) => first + i);
      const untilSeconds = startSeconds + SECONDS - 1; // some of it is still to come
      const range = `from=${startSeconds - 1}&until=${untilSeconds}&now=${untilSeconds}`;
      const lines = (await this.text(`/render?target=disk.g{${groups.join(",")}}.*&format=raw&${range}`)).split("\n");
      assert.equal(lines.length - 1, groups.length * SERIES, `groups ${groups[0]} to ${groups.at(-1)}`);
      for (const line of lines.slice(0, -1)) {
        const [, group, series, start, step, values] = /^disk\.g(\d+)\.s(\d+),(\d+),\d+,(\d+)\|(.*)$/.exec(line)!;
        assert.deepEqual([Number(start), Number(step)], [startSeconds, 1]);
        const found = values!.split(",").map(Number);
        assert.equal(found.length, SECONDS);
        found.forEach((value, k) => {
          const want = sentValue(Number(group), Number(series), k);
          if (value !== want) assert.fail(`disk.g${group}.s${series} at second ${k} is ${value}, was sent as ${want}`);
        });
      }
    }
  }

  async expectNoDrops(): Promise<void> {
    const { store } = await this.health();
    assert.deepEqual([store.samples.dropped, store.damage], [{}, []]);
    const lines = (await this.text("/metrics")).split("\n");
    assert.ok(lines.includes("# TYPE lockstep_receiver_rejected_total counter"), lines.join("\n"));
    const drops = lines.filter((line) => /^lockstep_\w*(?:rejected|dropped|refused|lost)_total\b.* (?!0$)/.test(line));
    assert.deepEqual(drops, []);
  }
}

/** Waits until nothing that is sent is read any more. */
function heldBack(sender: Sender): Promise<number> {
  let [taken, sinceMs] = [-1, 0];
  return until(
    async () => {
      const now = sender.takenBytes;
      if (now !== taken) [taken, sinceMs] = [now, performance.now()];
      return performance.now() - sinceMs > HELD_BACK_MS ? taken : undefined;
    },
    () => `the sender was not held back: ${sender.takenBytes} bytes went out`,
    SETTLE_MS,
  );
}

/** A group is in time as long as the test runs: from a little ago to less than a minute ahead. */
function pointsOfNow(): Points {
  return { startSeconds: Math.floor(Date.now() / 1000) - 5, sentValue: counted };
}

test("a disk fills while samples come: senders wait, pages tell, and with room again nothing is missing", async (t) => {
  const aggregator = new Aggregator(t, new SmallDisk(16));
  const { disk } = aggregator;
  await aggregator.start();
  const points = pointsOfNow();
  const sender = aggregator.sender(points);
  let [sent, enough] = [0, false];
  const sending = (async () => {
    while (!enough && (await sender.send(sent))) sent++;
  })();

  const { status, troubles, store } = await aggregator.healthWhen(
    (health) => health.store.blocked !== undefined,
    "full",
  );
  assert.deepEqual([status, troubles], ["degraded", ["store_blocked"]]);
  assert.match(store.blocked!, /^cannot write its log: ENOSPC: no space left on device, write '\/.*\.log'/);
  const taken = await heldBack(sender);
  const [onDisk, sentWhileFull] = [sender.receipted.size, sent];
  assert.ok(onDisk > 0 && onDisk < sentWhileFull, `${onDisk} of ${sentWhileFull}`);
  assert.match(await aggregator.text("/"), /The store cannot write its log: ENOSPC: no space left on device/);
  const { pendingBytes } = (await aggregator.health()).store;
  assert.ok(pendingBytes > 60 * MEBIBYTE && pendingBytes < 72 * MEBIBYTE, `${pendingBytes} bytes wait`);
  await aggregator.expectAll(points, 0, 100);
  const { residentBytes } = aggregator;
  assert.ok(residentBytes < MOST_RESIDENT_BYTES, `${residentBytes} bytes of memory`);
  assert.deepEqual([sender.takenBytes, sender.receipted.size, sent], [taken, onDisk, sentWhileFull]);

  disk.resize(256);
  enough = true;
  await sending;
  await until(
    async () => (sender.has(0, sent) ? true : undefined),
    () => `receipts for ${sender.receipted.size} of ${sent} groups`,
    SETTLE_MS,
  );
  assert.equal((await aggregator.health()).status, "ok");
  await aggregator.expectAll(points, 0, sent);
  await aggregator.expectNoDrops();
  const most = Math.round(Math.max(residentBytes, aggregator.residentBytes) / MEBIBYTE);
  t.diagnostic(
    `${onDisk} groups of ${GROUP_LINES} lines until the disk was full, ${sent} in all, ${most} MiB resident`,
  );
  await aggregator.program.stop();
  await aggregator.start();
  await aggregator.expectAll(points, 0, sent);
  await aggregator.expectNoDrops();
});

test("kill -9 while the disk is full, and starts while it still is: what was receipted stays", async (t) => {
  const aggregator = new Aggregator(t, new SmallDisk(64));
  const { disk } = aggregator;
  await aggregator.start();
  const points = pointsOfNow();
  const sender = aggregator.sender(points);
  await sender.sendAll(0, 20);
  await until(
    async () => (sender.has(0, 20) ? true : undefined),
    () => `${sender.receipted.size} receipts`,
  );
  disk.fill();
  const sending = sender.sendAll(20, 60);
  await aggregator.healthWhen(({ store }) => store.blocked !== undefined, "full");
  await aggregator.program.kill();
  await sending;
  const { receipted } = sender;
  assert.ok(receipted.size < 60, "some were not receipted");

  disk.fill(); // what the start before has cut off a log makes no room
  for (let i = 0; i < 3; i++) {
    const said = await aggregator.failToStart();
    assert.match(
      said,
      new RegExp(`^lockstep: cannot open the data directory ${aggregator.data}: its disk is full`, "m"),
    );
    assert.match(said, /ENOSPC: no space left on device/);
    assert.doesNotMatch(said, /a bug of ours|\n {4}at /);
    disk.fill();
  }
  disk.giveBack(256 * 1024);
  await aggregator.start();
  await aggregator.expectAll(points, 0, 20);
  for (const group of receipted) await aggregator.expectAll(points, group, group + 1);

  // It runs, and is soon where it was.
  const again = aggregator.sender(points);
  const sendingAgain = again.sendAll(20, 60);
  await aggregator.healthWhen(({ store }) => store.blocked !== undefined, "full again");
  await aggregator.expectAll(points, 0, 20);
  disk.removeFiller();
  await sendingAgain;
  await until(
    async () => (again.has(20, 60) ? true : undefined),
    () => `${again.receipted.size} receipts`,
    SETTLE_MS,
  );
  await aggregator.expectAll(points, 0, 60);
  await aggregator.expectNoDrops();
  await aggregator.program.kill();
  await aggregator.start();
  await aggregator.expectAll(points, 0, 60);
  assert.deepEqual((await aggregator.health()).store.damage, []);
});

test("a segment for which there is no room: its points stay in the log, until there is", async (t) => {
  const aggregator = new Aggregator(t, new SmallDisk(64));
  const { disk, data } = aggregator;
  await aggregator.start();
  // Late points are written out when there are 262,144: before that there is room for their log, afterwards not for more.
  const groups = 46;
  const points = { startSeconds: Math.floor(Date.now() / 1000) - 7200, sentValue: scattered };
  disk.fill(groups * GROUP_LINES * 16 + MEBIBYTE);
  const sender = aggregator.sender(points);
  await sender.sendAll(0, groups);
  const blocked = ({ store }: Health): boolean => store.blocked?.includes("cannot write its segments") === true;
  const { store } = await aggregator.healthWhen(blocked, "no room for a segment");
  assert.match(store.blocked!, /cannot write its segments: ENOSPC: no space left on device, write '.*\.seg\.tmp'/);
  await until(
    async () => (sender.has(0, groups) ? true : undefined),
    () => `${sender.receipted.size} receipts: the log has room`,
  );
  for (let i = 0; i < 3; i++) {
    await setTimeout(1_000); // it tries again each second, and leaves nothing of it behind
    await aggregator.expectAll(points, 0, groups);
  }
  const files = readdirSync(data, { recursive: true }).map(String);
  assert.ok(files.filter((name) => name.endsWith(".tmp")).length <= 1, files.join("\n"));
  assert.equal((await aggregator.health()).store.segments, 0);

  await aggregator.program.kill();
  for (let i = 0; i < 3; i++) assert.match(await aggregator.failToStart(), /cannot open the data directory .* is full/);
  disk.removeFiller();
  await aggregator.start();
  await aggregator.expectAll(points, 0, groups);
  await aggregator.healthWhen((health) => health.store.segments > 0 && health.store.blocked === undefined, "segments");
  await aggregator.expectAll(points, 0, groups);
  await aggregator.expectNoDrops();
  await aggregator.program.stop();
  await aggregator.start();
  await aggregator.expectAll(points, 0, groups);
  assert.deepEqual((await aggregator.health()).store.damage, []);
});
