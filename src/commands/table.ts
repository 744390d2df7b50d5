/** A table for the terminal: columns as wide as they have to be, numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, c) => Math.max(title.length, ...rows.map((row) => row[c]!.length)));
  const right = head.map((_, c) => rows.every((row) => /^[\d,.]/.test(row[c]!)) && c > 0);
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, c) => (right[c] === true ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!)))
      .join("  ")
      .trimEnd();
  return [line(head), ...rows.map(line)].join("\n");
}
