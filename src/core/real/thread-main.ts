/** The main file of a worker thread: runs the jobs of the module that it was started for. */
import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../errors.ts";
import type { ThreadProgram, ThreadWorld } from "../world.ts";
import { realClock } from "./clock.ts";
import { realFiles } from "./files.ts";
import { realRandom } from "./random.ts";
import { errorOf, type FromThread, failureOf, type ThreadFailure, type ToThread } from "./thread-messages.ts";
import { realTimers } from "./timers.ts";

const port = parentPort;
assert(port !== null, "this file is the main file of a worker thread");
type Program = Pick<ThreadProgram<unknown, unknown, unknown, unknown>, "run">;
const { run } = (await import(workerData as string)) as Program;

interface Waiter {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

const asked = new Map<number, Waiter>();
let questions = 0;
let controller = new AbortController();

port.on("message", (message: ToThread) => {
  if (message.kind === "abort") controller.abort();
  else if (message.kind === "reply") takeReply(message.question, message.reply);
  else void work(message.job);
});

async function work(job: unknown): Promise<void> {
  asked.clear(); // a job that ended without waiting for what it asked
  controller = new AbortController();
  const { signal } = controller;
  const here: ThreadWorld<unknown, unknown> = {
    files: realFiles,
    clock: realClock,
    timers: realTimers,
    random: realRandom,
    ask,
    signal,
  };
  try {
    send({ kind: "done", result: { value: await run(here, job) } });
  } catch (error) {
    send({ kind: "done", result: failureOf(error) });
  }
}

function ask(what: unknown): Promise<unknown> {
  const question = questions++;
  return new Promise((resolve, reject) => {
    asked.set(question, { resolve, reject });
    send({ kind: "ask", question, what });
  });
}

function takeReply(question: number, reply: { readonly value: unknown } | ThreadFailure): void {
  const waiter = asked.get(question);
  asked.delete(question);
  if ("error" in reply) waiter?.reject(errorOf(reply));
  else waiter?.resolve(reply.value);
}

function send(message: FromThread): void {
  port!.postMessage(message);
}
