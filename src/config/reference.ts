/** docs/configuration.md: every setting with its kind, default, meaning and environment variable. */
import type { z } from "zod";
import { environmentName, type Setting, settingsOf } from "./settings.ts";

const INTRODUCTION = `# Configuration

Written by \`npm run fix\` from the declarations in the code; \`lockstep config reference\` prints the same.

Settings come from a YAML file (\`lockstep.yaml\` in the working directory, or \`/etc/lockstep/lockstep.yaml\`, or what
\`--config\` names), from environment variables, and from flags; later ones win. Without any, the defaults below hold.
Unknown keys are errors. \`lockstep config check\` says what is wrong, \`lockstep config show\` what is in force and where it
comes from. Durations are written \`500ms\`, \`10s\`, \`1h30m\`, \`7d\`; sizes \`64 MiB\`; addresses \`127.0.0.1:2003\` or \`[::1]:2003\`.

An example:

\`\`\`yaml
web:
  listen: 127.0.0.1:8484
receivers:
  line: 0.0.0.0:2003
alerts:
  receivers:
    - name: ops
      webhook:
        url: https://hooks.example.org/lockstep
sidecar:
  cluster: prod
  to: aggregator.example.org:2003
\`\`\`
`;

export function configReference(schema: z.ZodType): string {
  const bySection = new Map<string, Setting[]>();
  for (const setting of settingsOf(schema)) {
    const section = sectionOf(setting);
    bySection.set(section, [...(bySection.get(section) ?? []), setting]);
  }
  const sections = [...bySection].map(([section, settings]) => `## ${section}\n\n${settings.map(describe).join("\n")}`);
  return `${INTRODUCTION}\n${sections.join("\n\n")}\n`;
}

function sectionOf({ path }: Setting): string {
  return path.slice(0, Math.max(1, path.length - 1)).join(".");
}

function describe(setting: Setting): string {
  const key = setting.path.join(".");
  const fallback = setting.defaultText === undefined ? "" : `, default \`${setting.defaultText}\``;
  const help = setting.help === "" ? "" : ` ${setting.help}`;
  return `- **\`${key}\`** (${setting.kind}${fallback}; \`${environmentName(setting.path)}\`):${help}`;
}
