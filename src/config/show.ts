/** The settings in force, each with its value as it would be typed and the place it comes from. */
import type { z } from "zod";
import type { LoadedConfig } from "./load.ts";
import { settingsOf } from "./settings.ts";

export interface EffectiveSetting {
  readonly key: string;
  readonly value: string;
  readonly origin: string;
}

export function effectiveSettings(schema: z.ZodType, loaded: LoadedConfig<unknown>): readonly EffectiveSetting[] {
  return settingsOf(schema).map((setting) => {
    const key = setting.path.join(".");
    const value = setting.path.reduce<unknown>(
      (here, part) => (here as Record<string, unknown> | undefined)?.[part],
      loaded.values,
    );
    return {
      key,
      value: value === undefined ? "(not set)" : setting.secret ? "<secret>" : setting.format(value),
      origin: loaded.origins.get(key) ?? "default",
    };
  });
}
