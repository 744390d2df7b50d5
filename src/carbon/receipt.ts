/**
 * Receipts: how a sender learns that its samples are on disk, over a protocol that has no answers.
 *
 *     sender     … samples …  lockstep.receipt.<node> <sequence> <seconds>\n
 *     receiver                                                receipt <node> <sequence>\n
 *
 * The request is an ordinary metric line: any Carbon server just stores it. Ours answers on the same connection once
 * everything before the line is on disk. Answers come in the order of the requests.
 */
import { nameNode } from "../core/metric-name.ts";

const PREFIX = "lockstep.receipt.";
/** An answer is never longer: a peer that sends more without a newline does not speak this protocol. */
const MAX_ANSWER_BYTES = 512;

export function formatReceiptRequest(node: string, sequence: number, seconds: number): string {
  return `${PREFIX}${nameNode(node)} ${sequence} ${seconds}\n`;
}

/** The node that asks, if the name is that of a request. */
export function receiptNode(name: string): string | undefined {
  if (!name.startsWith(PREFIX)) return undefined;
  const node = name.slice(PREFIX.length);
  return /^[A-Za-z0-9_-]+$/.test(node) ? node : undefined;
}

export function formatReceipt(node: string, sequence: number): string {
  return `receipt ${node} ${sequence}\n`;
}

/** Reads a stream of answers. */
export class ReceiptParser {
  readonly #node: string;
  readonly #onReceipt: (sequence: number) => void;
  #carry = "";

  constructor(node: string, onReceipt: (sequence: number) => void) {
    this.#node = nameNode(node);
    this.#onReceipt = onReceipt;
  }

  /** What is no answer to us is passed over. */
  feed(bytes: Uint8Array): void {
    const lines = (this.#carry + Buffer.from(bytes).toString("latin1")).split("\n");
    this.#carry = lines.pop()!.slice(0, MAX_ANSWER_BYTES);
    for (const line of lines) {
      const match = /^receipt (\S+) (\d{1,15})\r?$/.exec(line);
      if (match !== null && match[1] === this.#node) this.#onReceipt(Number(match[2]));
    }
  }
}
