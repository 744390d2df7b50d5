/** The other end of sender.ts: a load is prepared once and sent to one peer after the other. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Load } from "./load.ts";
import type { SenderCommand, SenderReport, SendOrder } from "./sender.ts";

const SENDER = fileURLToPath(new URL("./sender.js", import.meta.url));
const GIVE_UP_MS = 180_000;

export interface Sent {
  readonly lines: number;
  /** From the first byte until all is handed over, and receipted if that was asked for. */
  readonly ms: number;
}

export interface Traffic {
  send(order: SendOrder, listeners?: SendListeners): Promise<Sent>;
}

export interface SendListeners {
  readonly onBegan?: () => void;
  readonly onReceipt?: (sequence: number) => void;
}

/** A sender for as long as the work takes. */
export async function withTraffic<T>(load: Load, work: (traffic: Traffic) => Promise<T>): Promise<T> {
  const child = fork(SENDER, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  try {
    await order(child, { kind: "prepare", load }, "prepared", GIVE_UP_MS);
    return await work({ send: (sending, listeners) => send(child, sending, listeners) });
  } finally {
    child.kill();
    await ended;
  }
}

async function send(child: ChildProcess, sending: SendOrder, listeners: SendListeners = {}): Promise<Sent> {
  let began = performance.now();
  const giveUpMs = GIVE_UP_MS + paceMs(sending);
  const done = await order(child, { kind: "send", order: sending }, "sent", giveUpMs, (report) => {
    if (report.kind === "began") {
      began = performance.now();
      listeners.onBegan?.();
    } else if (report.kind === "receipt") {
      listeners.onReceipt?.(report.sequence);
    }
  });
  return { lines: done.lines, ms: performance.now() - began };
}

/** What a paced sending takes beyond a usual one; nobody paces longer than a soak. */
function paceMs({ linesPerSecond }: SendOrder): number {
  return linesPerSecond === undefined ? 0 : 900_000;
}

function order<K extends SenderReport["kind"]>(
  child: ChildProcess,
  command: SenderCommand,
  last: K,
  giveUpMs: number,
  onReport: (report: SenderReport) => void = () => undefined,
): Promise<Extract<SenderReport, { kind: K }>> {
  return new Promise((resolve, reject) => {
    const settle = (settled: () => void) => {
      clearTimeout(timer);
      child.off("message", listen);
      child.off("exit", gone);
      settled();
    };
    const fail = (why: string) => settle(() => reject(new Error(`the sender could not ${command.kind}: ${why}`)));
    const gone = () => fail("it ended");
    const timer = setTimeout(() => fail(`it took longer than ${giveUpMs / 1000} s`), giveUpMs);
    const listen = (message: unknown) => {
      const report = message as SenderReport;
      if (report.kind === "failed") fail(report.why);
      else if (report.kind === last) settle(() => resolve(report as Extract<SenderReport, { kind: K }>));
      else onReport(report);
    };
    child.on("message", listen);
    child.once("exit", gone);
    child.send(command);
  });
}
