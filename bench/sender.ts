/**
 * A process that sends lines over one connection: `fork`ed by traffic.ts, so that making the text costs nothing while
 * it is measured, and the same bytes can be sent to one peer after the other.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setImmediate, setTimeout } from "node:timers/promises";
import { formatReceiptRequest, ReceiptParser } from "#src/carbon/receipt.ts";
import { currentSlotSeconds, Lines, type Load, type Stamps, stampOf } from "./load.ts";

export interface SendOrder {
  readonly port: number;
  readonly slots: number;
  readonly stamps: Stamps;
  readonly endSeconds: number;
  /** As fast as the peer takes them unless given. */
  readonly linesPerSecond?: number;
  /** Whether the peer is asked for a receipt after each slot, at the end, or never. */
  readonly receipts: "each slot" | "at the end" | "none";
}

export type SenderCommand =
  | { readonly kind: "prepare"; readonly load: Load }
  | { readonly kind: "send"; readonly order: SendOrder };

export type SenderReport =
  | { readonly kind: "prepared" }
  | { readonly kind: "began" }
  | { readonly kind: "receipt"; readonly sequence: number }
  /** All is handed to the system, and receipted if that was asked for. */
  | { readonly kind: "sent"; readonly lines: number }
  | { readonly kind: "failed"; readonly why: string };

const CHUNK_BYTES = 1 << 16;
const NODE = "bench";
let blocks: Lines[] = [];

process.on("message", (command: SenderCommand) => {
  obey(command).catch((error: unknown) => report({ kind: "failed", why: String(error) }));
});
process.on("disconnect", () => process.exit());

function report(what: SenderReport): void {
  process.send!(what);
}

async function obey(command: SenderCommand): Promise<void> {
  if (command.kind === "prepare") {
    const { load } = command;
    blocks = [];
    for (let variant = 0; variant < load.variants; variant++) blocks.push(new Lines(load, variant));
    report({ kind: "prepared" });
  } else {
    await send(command.order);
  }
}

async function send(order: SendOrder): Promise<void> {
  const socket = connect(order.port, "127.0.0.1");
  const broken = new Promise<never>((_, reject) => socket.once("error", reject));
  await Promise.race([once(socket, "connect"), broken]);
  const receipted = order.receipts === "none" ? undefined : lastReceipt(socket, order);
  report({ kind: "began" });
  const [lines] = await Promise.race([Promise.all([writeSlots(socket, order), receipted]), broken]);
  // A peer that reads to the end closes as well; only then all of it has been read.
  const closed = once(socket, "close");
  socket.end();
  socket.resume();
  await Promise.race([closed, broken]);
  report({ kind: "sent", lines });
}

function lastReceipt(socket: Socket, { slots, receipts }: SendOrder): Promise<void> {
  return new Promise((resolve, reject) => {
    const parser = new ReceiptParser(NODE, (sequence) => {
      if (receipts === "each slot") report({ kind: "receipt", sequence });
      if (sequence === slots) resolve();
    });
    socket.on("data", (bytes) => parser.feed(bytes));
    socket.once("close", () => reject(new Error("the connection was closed before the last receipt")));
  });
}

async function writeSlots(socket: Socket, order: SendOrder): Promise<number> {
  const { slots, stamps, endSeconds, linesPerSecond, receipts } = order;
  const started = performance.now();
  let lines = 0;
  for (let slot = 0; slot < slots; slot++) {
    const block = blocks[slot % blocks.length]!;
    block.stamp(stamps === "by the clock" ? currentSlotSeconds() : stampOf(stamps, slot, slots, endSeconds));
    const { bytes } = block;
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
      // Waits until the system has it: the block's stamps change before it is sent again.
      await written(socket, bytes.subarray(at, at + CHUNK_BYTES));
      if (linesPerSecond === undefined) continue;
      const due = lines + block.lines * Math.min(1, (at + CHUNK_BYTES) / bytes.length);
      const aheadMs = (due / linesPerSecond) * 1000 - (performance.now() - started);
      if (aheadMs > 1) await setTimeout(aheadMs);
    }
    lines += block.lines;
    // Writes that the system takes at once would leave no time to read the receipts.
    await setImmediate();
    const sequence = slot + 1;
    if (receipts === "each slot" || (receipts === "at the end" && sequence === slots)) {
      await written(socket, formatReceiptRequest(NODE, sequence, Math.floor(Date.now() / 1000)));
    }
  }
  return lines;
}

function written(socket: Socket, bytes: Uint8Array | string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
