/**
 * Worker threads. One that crashes takes its job with it, not the process: whoever asked gets an error, and the next
 * job starts a new one.
 */
import { Worker } from "node:worker_threads";
import { assert, LockstepError } from "../errors.ts";
import { Serial } from "../serial.ts";
import type { JobOptions, ThreadProgram, Threads, WorkThread } from "../world.ts";
import { errorOf, type FromThread, failureOf, type ToThread } from "./thread-messages.ts";

/** Jobs work in buffers of their own, and make few objects. */
const YOUNG_MB = 12;
/** A job that was told to stop, and has not after this, is stuck in a computation. */
const STOP_MS = 1_000;

export const realThreads: Threads = {
  start: <Job, Result, Question, Reply>({ module }: ThreadProgram<Job, Result, Question, Reply>) =>
    new RealThread<Job, Result, Question, Reply>(module),
};

interface Current<Result, Question, Reply> {
  readonly options: JobOptions<Question, Reply>;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

class RealThread<Job, Result, Question, Reply> implements WorkThread<Job, Result, Question, Reply> {
  readonly #module: string;
  readonly #serial = new Serial();
  #worker: Worker | undefined;
  #current: Current<Result, Question, Reply> | undefined;

  constructor(module: string) {
    this.#module = module;
  }

  run(job: Job, options: JobOptions<Question, Reply> = {}): Promise<Result> {
    return this.#serial.run(async () => {
      const { signal } = options;
      let stopping: NodeJS.Timeout | undefined;
      const stop = (): void => {
        this.#send({ kind: "abort" });
        stopping = setTimeout(() => void this.#worker?.terminate(), STOP_MS);
      };
      try {
        return await new Promise<Result>((resolve, reject) => {
          this.#current = { options, resolve, reject };
          this.#worker ??= this.#start();
          this.#send({ kind: "job", job });
          if (signal?.aborted === true) stop();
          else signal?.addEventListener("abort", stop, { once: true });
        });
      } finally {
        signal?.removeEventListener("abort", stop);
        clearTimeout(stopping);
      }
    });
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
    worker.on("message", (message: FromThread) => {
      if (message.kind === "ask") void this.#answer(worker, message.question, message.what as Question);
      else
        this.#settle((current) => {
          if ("error" in message.result) current.reject(errorOf(message.result));
          else current.resolve(message.result.value as Result);
        });
    });
    worker.on("error", (error) => this.#ended(worker, error));
    worker.on("exit", () => this.#ended(worker, undefined));
    return worker;
  }

  async #answer(worker: Worker, question: number, what: Question): Promise<void> {
    const current = this.#current;
    try {
      assert(current?.options.answer !== undefined, "a job asks only if whoever gave it answers");
      const value = await current.options.answer(what);
      if (this.#worker === worker) this.#send({ kind: "reply", question, reply: { value } });
    } catch (error) {
      if (this.#worker === worker) this.#send({ kind: "reply", question, reply: failureOf(error) });
    }
  }

  #send(message: ToThread): void {
    this.#worker?.postMessage(message);
  }

  #settle(settle: (current: Current<Result, Question, Reply>) => void): void {
    const current = this.#current;
    this.#current = undefined;
    if (current !== undefined) settle(current);
  }

  #ended(worker: Worker, cause: Error | undefined): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#settle(({ reject }) => {
      reject(new LockstepError("THREAD_ENDED", "the thread ended before its work was done", { cause }));
    });
  }
}
