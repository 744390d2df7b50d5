/** `lockstep store check | stats | repair`: looks at a data directory, and mends it. */
import { join } from "node:path";
import { LockstepError } from "../core/errors.ts";
import { formatBytes, formatCount } from "../core/units.ts";
import { type NamesOf, readNames } from "../store/offline/names-of.ts";
import { DAMAGED_DIRECTORY, type Repair, repairData } from "../store/offline/repair.ts";
import { type Finding, type Survey, surveyData } from "../store/offline/survey.ts";
import type { Command, CommandContext } from "./command.ts";
import { claimDirectory } from "./compose/claim-directory.ts";
import { Closing } from "./compose/closing.ts";
import { Progress } from "./progress.ts";
import { AGGREGATOR_FLAGS, CONFIG_FLAG, loadSettings } from "./settings.ts";
import { table } from "./table.ts";

const FLAGS = { data: AGGREGATOR_FLAGS["data"]! };
const JSON_FLAG = { json: { help: "As JSON." } };
/** Of the series that a damaged page holds, those that are told by name. */
const NAMES_TOLD = 3;

export const storeCheck: Command = {
  name: "store check",
  summary: "Reads all data, and says what is damaged.",
  arguments: "[DIR]",
  help: `
DIR is a data directory or a snapshot; without it, the one of the settings. Every checksum of every file is looked at, and
every value is decoded. Nothing is changed, and an aggregator may be running.

A log whose end is unfinished is not damaged: a crash leaves it so, and the next start cuts it.

Exit status: 0 when all is sound, 1 when something is damaged.
`,
  flags: { ...FLAGS, ...CONFIG_FLAG, ...JSON_FLAG },
  async run(context) {
    const directory = await directoryOf(context);
    const survey = await surveyed(context, directory, "checking");
    const names = await namesFor(context, directory, survey.findings);
    const damaged = survey.findings.filter(({ severity }) => severity !== "unfinished").length;
    if (context.flags.has("json")) context.print(checkJson(survey, names));
    else {
      for (const finding of survey.findings) context.print(`${findingText(finding, names)}\n`);
      const what = `${formatCount(survey.files)} files, ${formatBytes(survey.bytes)}`;
      context.print(damaged === 0 ? `sound: ${what}\n` : `damaged: ${damaged} places in ${what}\n`);
    }
    return damaged === 0 ? 0 : 1;
  },
};

export const storeStats: Command = {
  name: "store stats",
  summary: "Says what the store holds, and what that takes.",
  arguments: "[DIR]",
  help: `
DIR is a data directory or a snapshot; without it, the one of the settings. All of it is read, to count the points. An
aggregator may be running.
`,
  flags: { ...FLAGS, ...CONFIG_FLAG, ...JSON_FLAG },
  async run(context) {
    const survey = await surveyed(context, await directoryOf(context), "reading");
    context.print(context.flags.has("json") ? statsJson(survey) : statsText(survey));
    return 0;
  },
};

export const storeRepair: Command = {
  name: "store repair",
  summary: "Takes damaged parts out of the data, and says what is lost.",
  arguments: "[DIR]",
  help: `
DIR is a data directory; without it, the one of the settings. The aggregator must not be running. Logs are written anew
without what can't be read of them, segments without their damaged pages; a segment of which nothing can be read is moved
aside. Whatever is changed or moved stays as it was in DIR/${DAMAGED_DIRECTORY}.

Exit status: 0 when all is sound now, 1 when a file of a newer version had to be left.
`,
  flags: {
    ...FLAGS,
    ...CONFIG_FLAG,
    "dry-run": { help: "Says what would be done, and changes nothing." },
    ...JSON_FLAG,
  },
  async run(context) {
    const directory = await directoryOf(context);
    const dryRun = context.flags.has("dry-run");
    const closing = new Closing();
    try {
      await context.world.files.list(directory); // a directory that is not there is not made
      closing.add(await claimDirectory(context.world.files, directory));
      const progress = new Progress(context, { doing: "repairing", of: "bytes" });
      const onProgress = (done: number, total: number): void => progress.update(done, total);
      const repairs = await repairData(context.world.files, directory, { dryRun, onProgress });
      progress.end();
      const names = await namesFor(
        context,
        directory,
        repairs.flatMap(({ findings }) => findings),
      );
      if (context.flags.has("json")) context.print(repairJson(repairs, names));
      else for (const line of repairLines(repairs, names, dryRun)) context.print(`${line}\n`);
      return repairs.some(({ action }) => action === "left") ? 1 : 0;
    } finally {
      await closing.run();
    }
  },
};

async function directoryOf(context: CommandContext): Promise<string> {
  const { positional } = context;
  if (positional.length > 1) throw new LockstepError("USAGE", `"${positional[1]}" is one word too many`);
  return positional[0] ?? (await loadSettings(context, FLAGS)).values.store.directory;
}

async function surveyed(context: CommandContext, directory: string, doing: string): Promise<Survey> {
  const progress = new Progress(context, { doing, of: "bytes" });
  const nowSeconds = Math.floor(context.world.clock.wallMs() / 1000);
  const survey = await surveyData(context.world.files, directory, nowSeconds, (done, total) =>
    progress.update(done, total),
  );
  progress.end();
  return survey;
}

/** Names of the first series of every finding. */
function namesFor({ world }: CommandContext, directory: string, findings: readonly Finding[]): Promise<NamesOf> {
  const wanted = new Set<number>();
  for (const { ids } of findings) {
    for (let i = 0; ids !== undefined && i < NAMES_TOLD && ids.first + i <= ids.last; i++) wanted.add(ids.first + i);
  }
  return readNames(world.files, join(directory, "store/names.log"), wanted);
}

function findingText(finding: Finding, names: NamesOf): string {
  const { file, severity, what, window } = finding;
  const when = window === undefined ? "" : `; times from ${iso(window.fromSeconds)} to ${iso(window.toSeconds)}`;
  return `${severity} ${file.path}: ${what}${when}${seriesText(finding, names)}`;
}

function seriesText({ ids }: Finding, names: NamesOf): string {
  if (ids === undefined) return "";
  const told = toldNames(ids, names).map((name) => JSON.stringify(name));
  const such = told.length === 0 ? "" : `, such as ${told.join(", ")}`;
  return `; series between numbers ${ids.first} and ${ids.last}${such}`;
}

function toldNames(ids: { readonly first: number; readonly last: number }, names: NamesOf): readonly string[] {
  const candidates = Array.from({ length: NAMES_TOLD }, (_, i) => ids.first + i).filter((id) => id <= ids.last);
  return candidates.flatMap((id) => names.get(id) ?? []);
}

function findingJson({ file, severity, what, window, ids }: Finding, names: NamesOf) {
  const series = ids && { ...ids, names: toldNames(ids, names) };
  return { path: file.path, severity, what, window, series };
}

function checkJson({ findings, files, bytes, series, unnamed }: Survey, names: NamesOf): string {
  const told = findings.map((finding) => findingJson(finding, names));
  return `${JSON.stringify({ findings: told, files, bytes, series, unnamed }, null, 2)}\n`;
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}

function statsText({ series, unnamed, namesBytes, tiers, logs, findings }: Survey): string {
  const lost = unnamed === 0 ? "" : `, ${formatCount(unnamed)} more without a name`;
  const rows = tiers.map((tier) => [
    tier.partition,
    `${tier.stepSeconds} s`,
    `${formatCount(tier.segments)}${tier.overlays === 0 ? "" : ` (${formatCount(tier.overlays)} late)`}`,
    formatCount(tier.points),
    formatBytes(tier.bytes),
    perPoint(tier).toFixed(2),
    iso(tier.fromSeconds),
    iso(tier.toSeconds),
  ]);
  const waiting = logs.map((log) => [
    log.partition,
    formatCount(log.files),
    formatBytes(log.bytes),
    formatCount(log.points),
    formatCount(log.late),
    formatCount(log.future),
  ]);
  return [
    `${formatCount(series)} series${lost}; their names take ${formatBytes(namesBytes)}`,
    table(["archives", "step", "segments", "points", "size", "bytes/point", "from", "to"], rows),
    table(["archives", "logs", "size", "points", "late, waiting", "future, waiting"], waiting),
    ...(findings.length === 0 ? [] : [`${findings.length} places can't be read: lockstep store check`]),
    "",
  ].join("\n");
}

function perPoint({ bytes, points }: { readonly bytes: number; readonly points: number }): number {
  return points === 0 ? 0 : bytes / points;
}

function statsJson({ series, unnamed, namesBytes, tiers, logs, files, bytes, findings }: Survey): string {
  const withShare = tiers.map((tier) => ({ ...tier, bytesPerPoint: perPoint(tier) }));
  const all = { series, unnamed, namesBytes, files, bytes, tiers: withShare, logs, damaged: findings.length };
  return `${JSON.stringify(all, null, 2)}\n`;
}

function repairLines(repairs: readonly Repair[], names: NamesOf, dryRun: boolean): readonly string[] {
  if (repairs.length === 0) return ["sound: there was nothing to repair"];
  const lines = repairs.flatMap(({ path, action, findings, lostNames }) => [
    `${dryRun && action !== "left" ? "would be " : ""}${action} ${path}`,
    ...findings.map((finding) => `  ${findingText(finding, names)}`),
    ...lostNames.map(
      ([first, next]) => `  the names of series ${first} to ${next - 1} are lost, and so are their values`,
    ),
  ]);
  const changed = repairs.filter(({ action }) => action !== "left").length;
  if (!dryRun && changed > 0) lines.push(`what was changed lies as it was in ${DAMAGED_DIRECTORY}/: ${changed} files`);
  return lines;
}

function repairJson(repairs: readonly Repair[], names: NamesOf): string {
  const told = repairs.map(({ findings, ...repair }) => ({
    ...repair,
    findings: findings.map((finding) => findingJson(finding, names)),
  }));
  return `${JSON.stringify(told, null, 2)}\n`;
}
