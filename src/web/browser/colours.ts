/** Colours of the style sheet for a canvas, which can't read them itself. */
export function colourOf(name: string, alpha = 1): string {
  const probe = document.createElement("i");
  probe.style.color = alpha === 1 ? `var(${name})` : `color-mix(in srgb, var(${name}) ${alpha * 100}%, transparent)`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** Six that can be told apart; then the same, dashed. */
export const SERIES_COLOURS = 6;

export function seriesColour(index: number): string {
  return `--series-${(index % SERIES_COLOURS) + 1}`;
}
