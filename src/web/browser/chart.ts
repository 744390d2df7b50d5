/** One chart of a node's page, drawn by uPlot into the figure that the server has printed. */
import type uPlot from "uplot";
import { type Band, type Columns, chartRows, type Value } from "./chart-data.ts";
import { type ChartUnit, formatMoment, formatValue } from "./chart-format.ts";
import { bandOf, hatch, seriesOf, timeAxis, valueAxis, valueRange } from "./chart-parts.ts";

declare global {
  interface Window {
    /** Of /uplot.js, which comes before. */
    readonly uPlot: typeof uPlot;
  }
}

export interface ChartEvents {
  /** Somebody marked a part of the time. */
  onZoom(fromSeconds: number, toSeconds: number): void;
  onZoomOut(): void;
}

interface Shown {
  readonly columns: Columns;
  readonly bands: readonly Band[];
}

/** A drag shorter than this is a click. */
const LEAST_DRAG_PIXELS = 4;

export class TimeChart {
  /** All series that it draws, and those that it needs for it. */
  readonly names: readonly string[];
  readonly #figure: HTMLElement;
  readonly #plot: HTMLElement;
  readonly #events: ChartEvents;
  readonly #unit: ChartUnit;
  /** The series that is the bound of the first; empty: none. */
  readonly #bound: string;
  readonly #legend: readonly HTMLElement[];
  readonly #lines: readonly string[];
  #drawn: uPlot | undefined;
  #shown: Shown | undefined;

  constructor(figure: HTMLElement, events: ChartEvents) {
    const { unit = "count", bound = "" } = figure.dataset as { readonly unit?: ChartUnit; readonly bound?: string };
    this.#figure = figure;
    this.#plot = figure.querySelector<HTMLElement>(".plot")!;
    this.#events = events;
    this.#unit = unit;
    this.#bound = bound;
    this.#legend = [...figure.querySelectorAll<HTMLElement>("[data-series]")];
    this.#lines = this.#legend.map(({ dataset }) => dataset["series"]!);
    this.names = bound === "" ? this.#lines : [...this.#lines, bound];
    new ResizeObserver(() => this.#fit()).observe(this.#plot);
  }

  get widthPixels(): number {
    return this.#plot.clientWidth;
  }

  show(columns: Columns, bands: readonly Band[]): void {
    this.#shown = { columns, bands };
    const data = chartRows(columns, this.#lines, this.#bound) as unknown as uPlot.AlignedData;
    if (this.#drawn === undefined) this.#drawn = new window.uPlot(this.#options(), data, this.#plot);
    else this.#drawn.setData(data);
    this.#tellValues(this.#drawn.cursor.idx);
  }

  /** Draws anew in the colours of now. */
  repaint(): void {
    this.#drawn?.destroy();
    this.#drawn = undefined;
    if (this.#shown !== undefined) this.show(this.#shown.columns, this.#shown.bands);
  }

  #fit(): void {
    const { clientWidth: width, clientHeight: height } = this.#plot;
    if (width > 0) this.#drawn?.setSize({ width, height });
  }

  #options(): uPlot.Options {
    return {
      width: this.#plot.clientWidth,
      height: this.#plot.clientHeight,
      padding: [10, 20, 0, 0],
      legend: { show: false },
      tzDate: (seconds) => window.uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      cursor: {
        sync: { key: "node" },
        drag: { x: true, y: false, setScale: false },
        points: { size: 6 },
        bind: { dblclick: () => () => this.#zoomOut() },
      },
      scales: {
        x: { range: () => this.#timeRange() },
        y: { range: (_, low, high) => valueRange(low, high, this.#bound !== "") },
      },
      axes: [timeAxis(), valueAxis(this.#unit)],
      series: [{}, ...this.#lines.flatMap((_, i) => seriesOf(i))],
      bands: this.#lines.map((_, i) => bandOf(i)),
      hooks: {
        drawClear: [(self) => hatch(self, this.#shown?.bands ?? [])],
        setCursor: [(self) => this.#tellValues(self.cursor.idx)],
        setSelect: [(self) => this.#zoom(self)],
      },
    };
  }

  #timeRange(): [number, number] {
    const { fromSeconds = 0, untilSeconds = 1 } = this.#shown?.columns ?? {};
    return [fromSeconds, untilSeconds];
  }

  #zoom(self: uPlot): void {
    const { left, width } = self.select;
    if (width < LEAST_DRAG_PIXELS) return;
    this.#events.onZoom(self.posToVal(left, "x"), self.posToVal(left + width, "x"));
    self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }

  #zoomOut(): null {
    this.#events.onZoomOut();
    return null;
  }

  /** Those under the pointer; the newest, when it is elsewhere. */
  #tellValues(index: number | null | undefined): void {
    const data = (this.#drawn?.data ?? []) as readonly (readonly Value[])[];
    const texts = this.#lines.map((_, i) => {
      const row = data[i * 3 + 1] ?? [];
      const place = index ?? row.findLastIndex((one) => one !== null);
      const value = row[place];
      if (value == null) return "–";
      if (this.#bound === "") return formatValue(this.#unit, value);
      const most = data[i * 3 + 3]?.[place] ?? value;
      return `${formatValue(this.#unit, value, 4)} ± ${formatValue(this.#unit, most - value, 1)}`;
    });
    for (const [i, item] of this.#legend.entries()) item.querySelector("output")!.textContent = texts[i]!;
    const time = this.#figure.querySelector(".chart-time")!;
    time.textContent = index == null ? "" : formatMoment(data[0]?.[index] ?? 0);
    if (index == null) this.#describe(texts);
  }

  /** For who can't see the canvas. */
  #describe(texts: readonly string[]): void {
    const title = this.#figure.querySelector("h3")?.textContent ?? "";
    const values = this.#legend.map((item, i) => `${item.querySelector(".legend-label")?.textContent} ${texts[i]}`);
    this.#plot.setAttribute("aria-label", `${title}: ${values.join(", ")}`);
  }
}
