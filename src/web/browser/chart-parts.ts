/** What charts are made of: axes, lines with their bands, ranges of values, and the hatching of blind times. */
import type uPlot from "uplot";
import type { Band } from "./chart-data.ts";
import { type ChartUnit, formatTicks, formatTimes } from "./chart-format.ts";
import { colourOf, SERIES_COLOURS, seriesColour } from "./colours.ts";

const BYTE_STEPS = Array.from({ length: 50 }, (_, i) => 2 ** i);
/** Less than this part of the height is flat. */
const FLAT = 8;
const AXIS_FONT = '11px system-ui, "Segoe UI", Roboto, sans-serif';

/** A line, and without strokes the two edges of its band. */
export function seriesOf(index: number): uPlot.Series[] {
  const edge: uPlot.Series = { points: { show: false } };
  const stroke = colourOf(seriesColour(index));
  const points = { size: 4, fill: stroke };
  return [{ stroke, points, width: 1.5, ...(index < SERIES_COLOURS ? {} : { dash: [5, 3] }) }, edge, edge];
}

export function timeAxis(): uPlot.Axis {
  return {
    ...axisColours(),
    size: 26,
    space: 64,
    values: (_, splits, _axis, _space, step) => formatTimes(splits, step),
  };
}

export function valueAxis(unit: ChartUnit): uPlot.Axis {
  return {
    ...axisColours(),
    size: 62,
    space: 28,
    values: (_, splits) => formatTicks(unit, splits),
    ...(unit === "bytes" ? { incrs: BYTE_STEPS } : {}),
  };
}

function axisColours(): uPlot.Axis {
  const lines = { stroke: colourOf("--grid"), width: 1 };
  return { stroke: colourOf("--muted"), font: AXIS_FONT, grid: lines, ticks: { ...lines, size: 4 } };
}

/**
 * From zero, so that a wobble does not look like a jump. Differences have zero in sight, unless they would be a flat line
 * then: how a wrong clock drifts is worth more than how far zero is.
 */
export function valueRange(low: number | null, high: number | null, isDifference: boolean): [number, number] {
  if (isDifference && low !== null && high !== null && high - low < Math.max(-low, high) / FLAT) {
    const spread = Math.max(high - low, Math.abs(high) * 1e-6);
    return [low - spread / 2, high + spread / 2];
  }
  const least = Math.min(0, low ?? 0);
  const most = Math.max(0, high ?? 0);
  if (least === 0 && most === 0) return isDifference ? [-0.001, 0.001] : [0, 1];
  const margin = (most - least) * 0.08;
  return [least < 0 ? least - margin : 0, most > 0 ? most + margin : 0];
}

/** Times in which nothing was seen: a gap there says nothing about the node. */
export function hatch(self: uPlot, bands: readonly Band[]): void {
  const { ctx, bbox, scales } = self;
  const { min = 0, max = 0 } = scales["x"] ?? {};
  if (min === null || max === null) return;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.strokeStyle = colourOf("--line-strong");
  ctx.lineWidth = devicePixelRatio;
  for (const { fromSeconds, toSeconds } of bands) {
    if (toSeconds < min || fromSeconds > max) continue;
    const left = self.valToPos(Math.max(min, fromSeconds), "x", true);
    const right = Math.max(left + 2 * devicePixelRatio, self.valToPos(Math.min(max, toSeconds), "x", true));
    hatchRectangle(ctx, left, right, bbox);
  }
  ctx.restore();
}

function hatchRectangle(ctx: CanvasRenderingContext2D, left: number, right: number, bbox: uPlot.BBox): void {
  const { top, height } = bbox;
  const gap = 6 * devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, right - left, height);
  ctx.clip();
  ctx.beginPath();
  for (let x = left - height; x < right; x += gap) {
    ctx.moveTo(x, top + height);
    ctx.lineTo(x + height, top);
  }
  ctx.stroke();
  ctx.restore();
}

export function bandOf(index: number): uPlot.Band {
  return { series: [index * 3 + 3, index * 3 + 2], fill: colourOf(seriesColour(index), 0.22) };
}
