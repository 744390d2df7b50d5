/**
 * A line over the last hour as the `d` of an SVG path: no axes, no script, and it prints.
 *
 * The view box is one unit a value wide and SPARK_HEIGHT high. The scale begins at zero, so that a flat line near the top
 * is not mistaken for a rise; a gap in the data is a gap in the line.
 */
export const SPARK_HEIGHT = 20;

/** Empty when there is nothing to draw. `least` is what the full height stands for at least. */
export function sparkline(values: Float64Array | undefined, least = 1): string {
  if (values === undefined) return "";
  const top = values.reduce((max, value) => (value > max ? value : max), least);
  let path = "";
  let drawing = false;
  values.forEach((value, x) => {
    if (Number.isNaN(value)) {
      drawing = false;
      return;
    }
    const y = Math.round((SPARK_HEIGHT - 1 - (Math.max(0, value) / top) * (SPARK_HEIGHT - 2)) * 10) / 10;
    // A value between two gaps is a line of no length, which round ends make a dot.
    const alone = !drawing && !(values[x + 1]! >= Number.NEGATIVE_INFINITY);
    path += `${drawing ? "L" : "M"}${x} ${y}${alone ? "h0" : ""}`;
    drawing = true;
  });
  return path;
}
