/** The main file of a worker thread: runs the jobs of the module that it was started for. */
import { parentPort, workerData } from "node:worker_threads";
import { assert, errorCode, errorText } from "../errors.ts";
import type { ThreadProgram } from "../world.ts";
import { realFiles } from "./files.ts";

export type ThreadAnswer = { readonly result: unknown } | { readonly error: string; readonly code: string };

const port = parentPort;
assert(port !== null, "this file is the main file of a worker thread");
const { run } = (await import(workerData as string)) as Pick<ThreadProgram<unknown, unknown>, "run">;

port.on("message", async (job: unknown) => {
  port.postMessage(await answerTo(job));
});

async function answerTo(job: unknown): Promise<ThreadAnswer> {
  try {
    return { result: await run(realFiles, job) };
  } catch (error) {
    return { error: errorText(error), code: errorCode(error) };
  }
}
