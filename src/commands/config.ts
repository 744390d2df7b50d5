/** `lockstep config check | show | reference`. */
import { configReference } from "../config/reference.ts";
import { configSchema } from "../config/schema.ts";
import { effectiveSettings } from "../config/show.ts";
import type { Command } from "./command.ts";
import { CONFIG_FLAG, loadSettings, readSettingsFile } from "./settings.ts";

export const configCheck: Command = {
  name: "config check",
  summary: "Checks the settings and says what is wrong with them.",
  help: "Reads the settings file and the environment as the other commands do. Exit status 0: all is right.",
  flags: CONFIG_FLAG,
  async run(context) {
    const file = await readSettingsFile(context);
    const { origins } = await loadSettings(context);
    const where = file === undefined ? "there is no settings file" : file.path;
    context.print(`ok: ${where}; ${origins.size} setting(s) differ from the defaults\n`);
    return 0;
  },
};

export const configShow: Command = {
  name: "config show",
  summary: "Shows the settings in force and where each comes from.",
  help: "Every setting, one a line, with its value and its origin. Secrets are not shown.",
  flags: { ...CONFIG_FLAG, json: { help: "As JSON." } },
  async run(context) {
    const settings = effectiveSettings(configSchema, await loadSettings(context));
    if (context.flags.has("json")) {
      context.print(`${JSON.stringify(settings, null, 2)}\n`);
      return 0;
    }
    const width = Math.max(...settings.map(({ key, value }) => `${key}: ${value}`.length));
    for (const { key, value, origin } of settings) {
      context.print(`${`${key}: ${value}`.padEnd(Math.min(width, 60))}  # ${origin}\n`);
    }
    return 0;
  },
};

export const configReferenceCommand: Command = {
  name: "config reference",
  summary: "Prints all settings with their meaning, as docs/configuration.md has them.",
  help: "Markdown, made from the declarations in the code.",
  flags: {},
  run(context) {
    context.print(configReference(configSchema));
    return Promise.resolve(0);
  },
};
