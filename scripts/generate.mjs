/**
 * Writes what is made from the code: the lists of plugins in the rooms' index.ts files, and the reference documents.
 *
 *   node scripts/generate.mjs          writes (npm run fix)
 *   node scripts/generate.mjs --check  exits 1 when something is stale (npm run check)
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const check = process.argv.includes("--check");

/** Folders of plugins: every file in `folder` whose code exports a constant made by `maker` is one. */
const LISTS = [
  { folder: "src/collectors", maker: "collectorModule", list: "COLLECTORS", what: "collectors" },
  { folder: "src/query/functions", maker: "graphiteFunction", list: "FUNCTIONS", what: "functions" },
  { folder: "src/alerts/rules", maker: "ruleKind", list: "RULE_KINDS", what: "kinds of rules" },
  { folder: "src/alerts/channels", maker: "channelKind", list: "CHANNEL_KINDS", what: "channels" },
];

let stale = 0;

for (const { folder, maker, list, what } of LISTS) {
  const directory = join(root, folder);
  if (!existsSync(directory)) continue;
  const found = [];
  for (const file of readdirSync(directory).sort(asBiomeSorts)) {
    if (!file.endsWith(".ts") || file === "index.ts") continue;
    const text = readFileSync(join(directory, file), "utf8");
    const exported = new RegExp(`^export const (\\w+)(?:: [^=]+)? = ${maker}(?:<[^(]*>)?\\(`, "gm");
    for (const match of text.matchAll(exported)) found.push({ file, name: match[1] });
  }
  if (found.length === 0) continue;
  const names = found.map(({ name }) => name).sort();
  const imports = new Map();
  for (const { file, name } of found) imports.set(file, [...(imports.get(file) ?? []), name].sort());
  const lines = [...imports].map(([file, members]) => `import { ${members.join(", ")} } from "./${file}";`);
  write(
    join(folder, "index.ts"),
    `/** All ${what}. Written by \`npm run fix\`: add a file to the folder, not a line here. */\n${lines.join("\n")}\n\n` +
      `export const ${list} = ${array(list, names)} as const;\n`,
  );
}

const documents = join(root, "dist/commands/documents.js");
if (existsSync(documents)) {
  const { generatedDocuments } = await import(documents);
  for (const [path, text] of Object.entries(await generatedDocuments())) write(path, text);
}

if (stale > 0) {
  console.error(`${stale} generated file(s) are stale: npm run fix`);
  process.exit(1);
}

/** As the formatter would have it: on one line if it fits. */
function array(list, names) {
  const oneLine = `[${names.join(", ")}]`;
  const fits = `export const ${list} = ${oneLine} as const;`.length <= 120;
  return fits ? oneLine : `[\n${names.map((name) => `  ${name},\n`).join("")}]`;
}

/** Imports in any other order would not pass the linter. */
function asBiomeSorts(a, b) {
  return a.toLowerCase() < b.toLowerCase() ? -1 : 1;
}

function write(path, text) {
  const full = join(root, path);
  if (existsSync(full) && readFileSync(full, "utf8") === text) return;
  if (check) {
    console.error(`stale: ${path}`);
    stale++;
  } else {
    writeFileSync(full, text);
    console.log(`wrote ${path}`);
  }
}
