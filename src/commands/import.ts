/** `lockstep import whisper`: what carbon has kept, into our store. */
import { join } from "node:path";
import { errorText, LockstepError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import { readText } from "../core/read-file.ts";
import { formatCount, formatDuration } from "../core/units.ts";
import { BulkLoader } from "../store/bulk-load.ts";
import { hashNames } from "../whisper/metric-name.ts";
import type { Command, CommandContext } from "./command.ts";
import { claimDirectory } from "./compose/claim-directory.ts";
import { Closing } from "./compose/closing.ts";
import { loadStorageRules } from "./compose/storage-rules.ts";
import { findWhisperFiles } from "./import/find-files.ts";
import { ImportJournal } from "./import/journal.ts";
import { type ImportReport, importWhisper } from "./import/whisper-import.ts";
import { Progress } from "./progress.ts";
import { AGGREGATOR_FLAGS, CONFIG_FLAG, loadSettings } from "./settings.ts";

const { data, "carbon-conf": carbonConf } = AGGREGATOR_FLAGS;
const FLAGS = { data: data!, "carbon-conf": carbonConf! };

export const importWhisperCommand: Command = {
  name: "import whisper",
  summary: "Takes carbon's whisper files into the store, with all that their archives hold.",
  arguments: "DIR",
  help: `
DIR is where carbon keeps its files (/var/lib/graphite/whisper). The aggregator must not be running: this works on the
data directory itself. What the files hold takes the place of what the store has of the same time.

Give it the storage-schemas.conf that carbon has, and every archive is kept value for value; where the steps are others,
it says so, and which lines would change it. It can be stopped or killed, and goes on where it was when it is started
again; files that have not changed since are not read again.

  lockstep import whisper /var/lib/graphite/whisper --data /var/lib/lockstep --carbon-conf /etc/carbon

Exit status: 0 when everything was taken, 1 when a file was not, or when it was stopped.
`,
  flags: {
    ...FLAGS,
    ...CONFIG_FLAG,
    names: {
      value: "FILE",
      help: "Names of tagged series, one a line, for files that carbon has named by a hash (TAG_HASH_FILENAMES).",
    },
    again: { help: "Imports files again that have not changed since they were imported." },
    json: { help: "The summary as JSON." },
  },
  async run(context) {
    const directory = directoryOf(context);
    const { values } = await loadSettings(context, FLAGS);
    const { files } = context.world;
    const closing = new Closing();
    try {
      closing.add(await claimDirectory(files, values.store.directory));
      const rules = await loadStorageRules(files, values.store.carbonConf);
      const names = hashNames(await namesText(context));
      const journal = closing.add(await ImportJournal.open(files, values.store.directory));
      const { seriesLimit } = values.store;
      const storeOptions = { directory: join(values.store.directory, "store"), rules, seriesLimit };
      const loader = closing.add(await BulkLoader.open(context.world, storeOptions));
      const { paths, failures } = await findWhisperFiles(files, directory);
      const startMs = context.world.clock.monotonicMs();
      const progress = new Progress(context, { doing: "importing", of: "files" });
      const report = await importWhisper({
        world: context.world,
        directory,
        paths,
        names,
        loader,
        journal,
        again: context.flags.has("again"),
        onProgress: ({ filesDone, points }) =>
          progress.update(filesDone, paths.length, `${formatCount(points)} points`),
        stopping: () => context.signal.aborted,
      });
      progress.end();
      for (const { path, reason } of failures) report.reject("directory", `${JSON.stringify(path)}: ${reason}`);
      const tookMs = context.world.clock.monotonicMs() - startMs;
      context.print(context.flags.has("json") ? reportJson(report, tookMs) : reportText(report, tookMs));
      return report.rejected > 0 || report.stopped ? 1 : 0;
    } finally {
      await closing.run();
    }
  },
};

function directoryOf({ positional }: CommandContext): string {
  const [directory] = positional;
  if (directory === undefined) throw new LockstepError("USAGE", "the directory of the whisper files is missing");
  if (positional.length > 1) throw new LockstepError("USAGE", `"${positional[1]}" is one word too many`);
  return directory.replace(/(?<=.)\/+$/, "");
}

async function namesText({ flags, world }: CommandContext): Promise<string> {
  const path = flags.get("names");
  if (path === undefined) return "";
  try {
    return await readText(world.files, path, LIMITS.nameListBytes);
  } catch (error) {
    throw new LockstepError("IMPORT_NAMES", `cannot read the list of names ${path}: ${errorText(error)}`);
  }
}

function reportText(report: ImportReport, tookMs: number): string {
  const rate = report.points / Math.max(0.001, tookMs / 1000);
  const lines = [
    `imported ${formatCount(report.points)} points of ${formatCount(report.series)} series in ${formatDuration(tookMs)}` +
      ` (${formatCount(Math.round(rate))} a second)`,
  ];
  if (report.filesBefore > 0)
    lines.push(`${formatCount(report.filesBefore)} files were imported before, and have not changed`);
  if (report.stopped) lines.push("stopped: start it again, and it goes on from here");
  for (const { retentions, kept, series, section } of report.misfits.list()) {
    lines.push(
      `${formatCount(series)} series have ${retentions} in their files, and the store keeps ${kept}.`,
      "To keep all of it as it was, put this before the other sections of storage-schemas.conf and import into an empty store:",
      ...section
        .trim()
        .split("\n")
        .map((line) => `  ${line}`),
    );
  }
  for (const [reason, { files, examples }] of report.rejects) {
    lines.push(
      `not imported: ${formatCount(files)} for ${reason}, such as`,
      ...examples.map((example) => `  ${example}`),
    );
  }
  return `${lines.join("\n")}\n`;
}

function reportJson(report: ImportReport, tookMs: number): string {
  const { points, written, series, filesDone, filesBefore, stopped } = report;
  return `${JSON.stringify(
    {
      points,
      written,
      series,
      filesDone,
      filesBefore,
      stopped,
      seconds: tookMs / 1000,
      misfits: report.misfits.list(),
      rejects: Object.fromEntries(report.rejects),
    },
    null,
    2,
  )}\n`;
}
