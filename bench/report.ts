/** Reports of benchmarks: tables in Markdown. Writing one part leaves the other parts of the file as they are. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import type { BenchRow } from "./row.ts";

export interface Section {
  readonly title: string;
  readonly about?: string;
  readonly rows: readonly BenchRow[];
}

export function formatSection({ title, about, rows }: Section): string {
  const targets = rows.flatMap(({ target }) => target ?? []);
  const met = targets.filter((target) => target.met).length;
  const judged = targets.length === 0 ? [] : [`${met} of ${targets.length} targets are met.`];
  return [`## ${title}`, machine(), ...(about === undefined ? [] : [about]), ...judged, table(rows)].join("\n\n");
}

/** @param titles of all sections that the file may have, in their order */
export function writeReport(
  path: string,
  introduction: string,
  titles: readonly string[],
  written: readonly string[],
): void {
  const before = existsSync(path)
    ? readFileSync(path, "utf8")
        .split(/^(?=## )/m)
        .slice(1)
    : [];
  const byTitle = new Map([...before, ...written].map((text) => [titleOf(text), text.trim()]));
  const sections = titles.flatMap((title) => byTitle.get(title) ?? []);
  writeFileSync(path, `${[introduction, ...sections].join("\n\n")}\n`);
}

function titleOf(section: string): string {
  return section.slice("## ".length).split("\n")[0]!;
}

function machine(): string {
  const day = new Date().toISOString().slice(0, 10);
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `Measured on ${day}: Node.js ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown"}, ${memory}.`;
}

function table(rows: readonly BenchRow[]): string {
  const judged = rows.some(({ target }) => target !== undefined);
  const cells = ({ name, ours, peer, ratio, note, target }: BenchRow) => [
    ...[name, ours, peer, ratio],
    ...(judged ? [target === undefined ? "" : `${target.want}: **${target.met ? "met" : "not met"}**`] : []),
    note,
  ];
  const head = ["what", "ours", "peer", "ratio", ...(judged ? ["target"] : []), "note"];
  const rule = ["---", "---:", "---:", "---:", ...(judged ? ["---"] : []), "---"];
  return [head, rule, ...rows.map(cells)].map((line) => `| ${line.join(" | ")} |`).join("\n");
}
