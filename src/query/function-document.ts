/** docs/functions.md: every Graphite function with its signature, from the declarations that the code runs by. */
import { signature } from "./function-list.ts";
import { FUNCTIONS } from "./functions/index.ts";

const INTRODUCTION = `# Graphite functions

Written by \`npm run fix\` from the declarations in the code; \`/functions\` serves the same to Grafana's query editor. They
behave as those of graphite-web 1.1.10 do; [graphite-differences.md](graphite-differences.md) has what is different, and why.`;

export function functionDocument(): string {
  const groups = [...new Set(FUNCTIONS.map(({ group }) => group))].sort();
  const sections = groups.map((group) => {
    const entries = FUNCTIONS.filter((entry) => entry.group === group).map(describe);
    return `## ${group}\n\n${entries.join("\n\n")}`;
  });
  return `${[INTRODUCTION, ...sections].join("\n\n")}\n`;
}

function describe(entry: (typeof FUNCTIONS)[number]): string {
  const aliases: readonly string[] = entry.aliases;
  const also = aliases.length === 0 ? "" : `\n\nAlso \`${aliases.join("`, `")}\`.`;
  return `### \`${entry.name}${signature(entry)}\`\n\n${entry.description}${also}`;
}
