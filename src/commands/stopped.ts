/** For commands that run until they are told to stop. */
import type { CommandContext } from "./command.ts";

/** Resolves when the process is asked to stop. */
export function stopped({ signal }: Pick<CommandContext, "signal">): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
