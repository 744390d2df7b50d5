/** `lockstep store snapshot | restore`: a consistent copy of the data while an aggregator runs, and back. */
import { LockstepError } from "../core/errors.ts";
import { formatBytes, formatCount, formatDuration } from "../core/units.ts";
import { checkSnapshot, restoreSnapshot } from "../store/offline/restore.ts";
import { type SnapshotReport, takeSnapshot } from "../store/offline/snapshot.ts";
import type { Command, CommandContext } from "./command.ts";
import { claimDirectory } from "./compose/claim-directory.ts";
import { Closing } from "./compose/closing.ts";
import { Progress } from "./progress.ts";
import { AGGREGATOR_FLAGS, CONFIG_FLAG, loadSettings } from "./settings.ts";

const FLAGS = { data: AGGREGATOR_FLAGS["data"]! };
const JSON_FLAG = { json: { help: "The summary as JSON." } };

export const storeSnapshot: Command = {
  name: "store snapshot",
  summary: "Copies the data as it is now, while an aggregator goes on writing.",
  arguments: "DIR",
  help: `
Everything that was on the disk when it began is in it: samples and state. DIR is made, or is empty. On the same file
system, segments get a second name and take no room until the store has done with them; on another one they are copied.

  lockstep store snapshot /backup/lockstep-$(date +%F) --data /var/lib/lockstep
`,
  flags: { ...FLAGS, ...CONFIG_FLAG, ...JSON_FLAG },
  async run(context) {
    const target = onlyArgument(context, "the directory of the snapshot is missing");
    const { values } = await loadSettings(context, FLAGS);
    const startMs = context.world.clock.monotonicMs();
    const progress = new Progress(context, { doing: "linking", of: "segments" });
    const onProgress = (done: number, total: number): void => progress.update(done, total);
    const report = await takeSnapshot(context.world, values.store.directory, target, { onProgress });
    progress.end();
    context.print(summary(context, `snapshot of ${values.store.directory} in ${target}`, report, startMs));
    return 0;
  },
};

export const storeRestore: Command = {
  name: "store restore",
  summary: "Puts a snapshot into an empty data directory.",
  arguments: "SNAPSHOT",
  help: `
Every checksum of the snapshot is looked at before anything is written. The data directory (--data) has to be empty or
absent, and no aggregator may work in it. The snapshot stays as it is.

  lockstep store restore /backup/lockstep-2026-11-23 --data /var/lib/lockstep
`,
  flags: { ...FLAGS, ...CONFIG_FLAG, ...JSON_FLAG },
  async run(context) {
    const snapshot = onlyArgument(context, "the directory of the snapshot is missing");
    const { directory } = (await loadSettings(context, FLAGS)).values.store;
    const { files, clock } = context.world;
    const startMs = clock.monotonicMs();
    const checking = new Progress(context, { doing: "checking", of: "bytes" });
    const nowSeconds = Math.floor(clock.wallMs() / 1000);
    const manifest = await checkSnapshot(files, snapshot, nowSeconds, (done, total) => checking.update(done, total));
    checking.end();
    const closing = new Closing();
    try {
      closing.add(await claimDirectory(files, directory));
      const progress = new Progress(context, { doing: "restoring", of: "files" });
      const onProgress = (done: number, total: number): void => progress.update(done, total);
      const report = await restoreSnapshot(files, snapshot, manifest, directory, onProgress);
      progress.end();
      context.print(summary(context, `${snapshot} restored in ${directory}`, report, startMs));
      return 0;
    } finally {
      await closing.run();
    }
  },
};

function onlyArgument({ positional }: CommandContext, missing: string): string {
  const [path] = positional;
  if (path === undefined) throw new LockstepError("USAGE", missing);
  if (positional.length > 1) throw new LockstepError("USAGE", `"${positional[1]}" is one word too many`);
  return path;
}

function summary({ flags, world }: CommandContext, what: string, report: SnapshotReport, startMs: number): string {
  const tookMs = world.clock.monotonicMs() - startMs;
  if (flags.has("json")) return `${JSON.stringify({ ...report, seconds: tookMs / 1000 }, null, 2)}\n`;
  const { files, bytes, linkedBytes, notLinked } = report;
  const shared =
    notLinked === undefined ? `${formatBytes(linkedBytes)} of it shared by hard links` : "all of it copied";
  const why = notLinked === undefined ? "" : `segments could not be linked: ${notLinked}\n`;
  return `${why}${what}: ${formatCount(files)} files, ${formatBytes(bytes)}, ${shared}, in ${formatDuration(tookMs)}\n`;
}
