/**
 * Worker threads. One that crashes takes its job with it, not the process: whoever asked gets an error, and the next
 * job starts a new one.
 */
import { Worker } from "node:worker_threads";
import { LockstepError } from "../errors.ts";
import { Serial } from "../serial.ts";
import type { ThreadProgram, Threads, WorkThread } from "../world.ts";
import type { ThreadAnswer } from "./thread-main.ts";

/** Jobs work in buffers of their own, and make few objects. */
const YOUNG_MB = 12;

export const realThreads: Threads = {
  start: <Job, Result>({ module }: ThreadProgram<Job, Result>) => new RealThread<Job, Result>(module),
};

interface Waiter<Result> {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

class RealThread<Job, Result> implements WorkThread<Job, Result> {
  readonly #module: string;
  readonly #serial = new Serial();
  #worker: Worker | undefined;
  #waiter: Waiter<Result> | undefined;

  constructor(module: string) {
    this.#module = module;
  }

  run(job: Job): Promise<Result> {
    return this.#serial.run(
      () =>
        new Promise<Result>((resolve, reject) => {
          this.#waiter = { resolve, reject };
          this.#worker ??= this.#start();
          this.#worker.postMessage(job);
        }),
    );
  }

  close(): Promise<void> {
    return this.#serial.run(async () => {
      const worker = this.#worker;
      this.#worker = undefined;
      await worker?.terminate();
    });
  }

  #start(): Worker {
    const worker = new Worker(new URL("./thread-main.js", import.meta.url), {
      workerData: this.#module,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    worker.on("message", (answer: ThreadAnswer) => {
      const waiter = this.#waiter;
      this.#waiter = undefined;
      if ("error" in answer) waiter?.reject(Object.assign(new Error(answer.error), { code: answer.code }));
      else waiter?.resolve(answer.result as Result);
    });
    worker.on("error", (error) => this.#ended(worker, error));
    worker.on("exit", () => this.#ended(worker, undefined));
    return worker;
  }

  #ended(worker: Worker, cause: Error | undefined): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const waiter = this.#waiter;
    this.#waiter = undefined;
    waiter?.reject(new LockstepError("THREAD_ENDED", "the thread ended before its work was done", { cause }));
  }
}
