/** docs/series.md, as far as this room knows it: what each collector sends, as tables made from the same data as the code. */
import { CONNECT_METRICS, type ConnectMetric, sourceNames } from "../connect/prometheus-names.ts";
import { CONNECT_RRD_SUBJECTS } from "../connect/rrd-names.ts";
import type { Subject } from "../core/subject.ts";
import { CLOCK_SUBJECTS } from "./clock.ts";
import { HEARTBEAT_SUBJECTS } from "./heartbeat.ts";
import { HOST_SUBJECTS } from "./host.ts";
import { PROMETHEUS_SUBJECTS } from "./prometheus.ts";
import { RRD_SUBJECTS } from "./rrd.ts";
import { RUNNER_SUBJECTS } from "./runner.ts";
import { SELF_SUBJECTS } from "./self.ts";

const INTRODUCTION = `Names stand below a root. \`node\` is \`connect.<cluster>.<node>.\`, \`cluster\` is \`connect.<cluster>._cluster.\`, and \`host\` is
the root of the node that the source names. In \`<…>\` stands one node made of a label, a device or a setting.

The class says how the values of several nodes become one: **sum** where each counts its own share, **max** where each
reports the same thing (adding would count it once per node), **node** where a value means something for its node only.
A counter grows until what it counts in restarts; \`perSecond()\` makes a rate of it.`;

const CONNECT = `Posit Connect serves one of two dialects, with or without \`connect_\` before the name; both come out under the names below.
What has no place here passes through under \`prom.raw.\`, named by metric and labels:
\`prom.raw.<metric>.<label>.<value>…\`, sorted by label; whatever is not a letter, digit, \`_\` or \`-\` is percent-encoded, so
that two different series never share a name. Of a histogram that is passed through, the count and the sum are sent.
Other pages go under \`prom.<target>.\` in the same way.`;

const CLOCK = `A reference is the aggregator, or an NTP server of the settings (\`clock.<name>.…\`). [clocks.md](clocks.md) says how it is measured.`;

const RRD = `A file's data sources are found by looking. Sent is each row of its finest averages, stamped with the end of the span
that it stands for. \`cpu.<n>\` and \`content.<id>\` are sent only when the settings ask for them. What has no place here, as
\`license-*.rrd\`, passes through under \`rrd.raw.<file>.<data source>\`; in a directory below, \`rrd.raw.<directory>.<file>.…\`.`;

export function collectorSeriesDocument(): string {
  return `${[
    "# Series",
    INTRODUCTION,
    `## Every collector\n\n${table(RUNNER_SUBJECTS)}`,
    `## prometheus: Posit Connect's own metrics\n\n${CONNECT}\n\n${connectTable()}`,
    `## prometheus: the scrapes\n\n${table(PROMETHEUS_SUBJECTS)}`,
    `## heartbeat\n\n${table(HEARTBEAT_SUBJECTS)}`,
    `## clock\n\n${CLOCK}\n\n${table(CLOCK_SUBJECTS)}`,
    `## rrd: Posit Connect's files\n\n${RRD}\n\n${table(CONNECT_RRD_SUBJECTS)}`,
    `## rrd: its own work\n\n${table(RRD_SUBJECTS)}`,
    `## host\n\n${table(HOST_SUBJECTS)}`,
    `## self\n\n${table(SELF_SUBJECTS)}`,
  ].join("\n\n")}\n`;
}

function table(subjects: readonly Subject[]): string {
  return markdown(["name", "kind", "unit", "class", "meaning"], subjects.map(cells));
}

function connectTable(): string {
  const rows = CONNECT_METRICS.flatMap((metric) =>
    metric.subjects.map((subject) => [...cells(subject), subject.scope, sources(metric)]),
  );
  return markdown(["name", "kind", "unit", "class", "meaning", "root", "metric"], rows);
}

function cells({ path, kind, unit, class: of, meaning }: Subject): string[] {
  return [`\`${path}\``, kind, unit, of, meaning];
}

function sources(metric: ConnectMetric): string {
  return sourceNames(metric)
    .map((name) => `\`${name}\``)
    .join(", ");
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (texts: readonly string[]) => `| ${texts.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
