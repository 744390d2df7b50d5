/**
 * The charts of a node's page: one range of time for all, which stands in the address, so that links can be shared. Marking
 * a part of a chart shows that part; a double click shows twice as much.
 */
import { type ChartEvents, TimeChart } from "./chart.ts";
import { type Columns, parseBands } from "./chart-data.ts";
import { formatMoment } from "./chart-format.ts";
import { nowMs } from "./clock.ts";

interface Range {
  readonly from: string;
  readonly to: string;
}

/** While the range ends now. */
const FASTEST_MS = 5_000;
const SLOWEST_MS = 60_000;
const MOST_POINTS = 2_000;

const section = document.getElementById("charts");
if (section !== null && window.uPlot !== undefined) startCharts(section);

function startCharts(section: HTMLElement): void {
  const note = document.getElementById("charts-note")!;
  let range: Range = { from: section.dataset["from"]!, to: section.dataset["to"]! };
  let seen = { fromMs: 0, toMs: 0 };
  let timer = 0;
  let loads = 0;

  const events: ChartEvents = {
    onZoom: (from, to) => go({ from: String(Math.round(from * 1000)), to: String(Math.round(to * 1000)) }),
    onZoomOut() {
      const half = (seen.toMs - seen.fromMs) / 2;
      const toMs = Math.min(nowMs(), seen.toMs + half);
      go({ from: String(Math.round(seen.fromMs - half)), to: String(Math.round(toMs)) });
    },
  };
  const charts = [...section.querySelectorAll<HTMLElement>("[data-chart]")].map(
    (figure) => new TimeChart(figure, events),
  );

  async function load(): Promise<void> {
    const own = ++loads;
    clearTimeout(timer);
    try {
      const all = await Promise.all(charts.map((chart) => fetchColumns(chart, range)));
      if (own !== loads) return; // another range was asked for meanwhile
      const bands = parseBands(section.dataset["blind"] ?? "");
      for (const [i, chart] of charts.entries()) chart.show(all[i]!, bands);
      note.textContent = "Times are UTC. Mark a part of a chart to see more of it; a double click shows twice as much.";
      const first = all[0];
      if (first !== undefined) seen = spanOf(first);
    } catch (error) {
      if (own === loads)
        note.textContent = `The charts could not be loaded: ${error instanceof Error ? error.message : error}`;
    }
    if (own === loads && range.to === "now") {
      const everyMs = Math.min(SLOWEST_MS, Math.max(FASTEST_MS, (seen.toMs - seen.fromMs) / 600));
      timer = setTimeout(() => void (document.hidden ? wait() : load()), everyMs);
    }
  }

  function wait(): void {
    document.addEventListener("visibilitychange", () => void load(), { once: true });
  }

  function go(to: Range): void {
    history.pushState(to, "", `?${new URLSearchParams({ ...to })}`);
    show(to);
  }

  function show(to: Range): void {
    range = to;
    let custom = true;
    for (const link of section.querySelectorAll<HTMLElement>(".range a")) {
      const current = to.to === "now" && link.dataset["from"] === to.from;
      if (current) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
      custom &&= !current;
    }
    const text = document.getElementById("range-custom")!;
    text.hidden = !custom;
    text.textContent = `${momentText(to.from)} to ${momentText(to.to)}`;
    void load();
  }

  section.querySelector<HTMLElement>(".range")?.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest<HTMLElement>("a") : null;
    if (link === null || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go({ from: link.dataset["from"]!, to: "now" });
  });
  history.replaceState(range, "");
  addEventListener("popstate", (event) => {
    if (event.state !== null) show(event.state as Range);
  });
  const repaint = (): void => {
    for (const chart of charts) chart.repaint();
  };
  document.addEventListener("themechange", repaint);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
  void load();
}

async function fetchColumns({ names, widthPixels }: TimeChart, { from, to }: Range): Promise<Columns> {
  const points = Math.min(MOST_POINTS, Math.max(50, Math.round(widthPixels)));
  const query = new URLSearchParams({ from, until: to, points: String(points) });
  for (const name of names) query.append("name", name);
  const response = await fetch(`/api/series?${query}`);
  const answer = (await response.json()) as Columns & { readonly error?: string };
  if (answer.error !== undefined) throw new Error(answer.error);
  return answer;
}

function spanOf({ fromSeconds, untilSeconds }: Columns): { fromMs: number; toMs: number } {
  return { fromMs: fromSeconds * 1000, toMs: untilSeconds * 1000 };
}

/** Milliseconds as a time; `now-6h` as it is. */
function momentText(text: string): string {
  return /^\d+$/.test(text) ? formatMoment(Number(text) / 1000) : text;
}
