/**
 * Lines over HTTP: `POST /` with lines as the body, plain or with `Content-Encoding: gzip`.
 *
 * The body is parsed as it comes. 204 says that all of it was taken and is on disk; 200 that some lines were refused, 400
 * that none was taken, both with the reasons as JSON; 503 that nothing is known to be on disk: send it again.
 */
import type { Compression } from "../carbon/compression.ts";
import { LineParser, type LineRejection, type LineSink } from "../carbon/line.ts";
import { errorText } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import type { HttpBodyEvents, HttpExchange, Listener, SocketAddress, TlsIdentity } from "../core/world.ts";
import { type Flow, openFlow } from "./flow.ts";
import type { Intake } from "./intake.ts";
import { type ReceiverContext, tlsListen } from "./stream.ts";

const RECEIVER = "http";
const ENCODINGS: Readonly<Record<string, Compression>> = { "": "none", identity: "none", gzip: "gzip" };
const TEXT_CHARACTERS = 200;
const NEWLINE = Uint8Array.of(10);
const encoder = new TextEncoder();

export function openHttp(context: ReceiverContext, listen: SocketAddress, identity?: TlsIdentity): Promise<Listener> {
  return context.world.net.serveHttp({
    ...listen,
    door: context.doorkeeper.door(RECEIVER),
    tls: identity === undefined ? undefined : tlsListen(context, RECEIVER, identity),
    headersTimeoutMs: LIMITS.httpHeadersMs,
    silentMs: LIMITS.httpSilentMs,
    accept: (exchange) => {
      const refusal = refusalOf(exchange);
      if (refusal === undefined) return new LinesRequest(context, exchange);
      context.intake.rejects.add(RECEIVER, exchange.remote, "request", encoder.encode(refusal.text));
      answer(exchange, refusal.status, { error: refusal.text }, refusal.headers);
      return IGNORED;
    },
  });
}

const IGNORED: HttpBodyEvents = { onData: () => undefined, onEnd: () => undefined, onAborted: () => undefined };

interface Refusal {
  readonly status: number;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function refusalOf({ method, target, headers }: HttpExchange): Refusal | undefined {
  const [path] = target.split("?");
  if (path !== "/") return { status: 404, text: "lines are posted to /" };
  if (method !== "POST") return { status: 405, text: "lines come with POST", headers: { Allow: "POST" } };
  // A page in somebody's browser must not be able to write here; programs send no Origin.
  if (headers["origin"] !== undefined) return { status: 403, text: "requests of web pages are not taken" };
  const type = headers["content-type"] ?? "";
  if (/protobuf|pickle|json|multipart/i.test(type)) {
    return { status: 415, text: `the body is ${type}; right would be lines, text/plain` };
  }
  if (ENCODINGS[encodingOf(headers)] === undefined) {
    return { status: 415, text: `Content-Encoding ${encodingOf(headers)} is not known; right would be gzip, or none` };
  }
  return undefined;
}

function encodingOf(headers: HttpExchange["headers"]): string {
  return (headers["content-encoding"] ?? "").trim().toLowerCase();
}

/** One body. */
class LinesRequest implements HttpBodyEvents {
  readonly #exchange: HttpExchange;
  readonly #intake: Intake;
  readonly #parser: LineParser;
  readonly #flow: Flow;
  readonly #outcome: Outcome;
  #congested = false;
  #busy = false;
  #over = false;

  constructor({ world, intake }: ReceiverContext, exchange: HttpExchange) {
    this.#exchange = exchange;
    this.#intake = intake;
    this.#outcome = new Outcome(intake.sender(RECEIVER, exchange.remote));
    this.#parser = new LineParser(intake.store.names, this.#outcome, () => Math.floor(world.clock.wallMs() / 1000));
    this.#flow = openFlow(ENCODINGS[encodingOf(exchange.headers)]!, {
      timers: world.timers,
      mayBeUnfinished: false,
      onBytes: (bytes) => {
        this.#parser.feed(bytes);
        this.#waitIfCongested();
      },
      onDamage: (reason, error) => {
        this.#over = true;
        intake.rejects.add(RECEIVER, exchange.remote, reason, encoder.encode(errorText(error)));
        answer(exchange, 400, { error: errorText(error), ...this.#outcome.told() });
      },
      onBusy: (busy) => {
        this.#busy = busy;
        this.#pauseOrResume();
      },
    });
  }

  onData(bytes: Uint8Array): void {
    if (!this.#over) this.#flow.feed(bytes);
  }

  onEnd(): void {
    if (this.#over) return;
    this.#flow.end(() => {
      this.#parser.feed(NEWLINE); // a body has a known end: its last line needs no newline
      this.#intake.store.durable().then(
        () => this.#answer(),
        (error: unknown) => this.#unproven(error),
      );
    });
  }

  onAborted(): void {
    this.#over = true;
    this.#flow.close();
    this.#parser.end();
  }

  #answer(): void {
    if (this.#over) return;
    this.#over = true;
    const { taken, rejected } = this.#outcome;
    if (rejected === 0) this.#exchange.respond(204, {}, "");
    else answer(this.#exchange, taken > 0 ? 200 : 400, this.#outcome.told());
  }

  #unproven(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    answer(this.#exchange, 503, { error: `not on disk: ${errorText(error)}` }, { "Retry-After": "10" });
  }

  #waitIfCongested(): void {
    if (this.#congested || this.#over || !this.#intake.congested) return;
    this.#congested = true;
    this.#flow.pause();
    this.#pauseOrResume();
    this.#intake.whenRelieved(() => {
      this.#congested = false;
      if (this.#over) return;
      this.#pauseOrResume();
      this.#flow.resume();
    });
  }

  #pauseOrResume(): void {
    if (this.#over) return;
    if (this.#congested || this.#busy) this.#exchange.pause();
    else this.#exchange.resume();
  }
}

/** Counts what becomes of the lines of one request on their way to the sink. */
class Outcome implements LineSink {
  readonly #sink: LineSink;
  readonly #byReason = new Map<LineRejection, number>();
  readonly #examples: { readonly reason: LineRejection; readonly line: string }[] = [];
  taken = 0;
  rejected = 0;

  constructor(sink: LineSink) {
    this.#sink = sink;
  }

  get rules(): LineSink["rules"] {
    return this.#sink.rules;
  }
  admit(name: string): ReturnType<LineSink["admit"]> {
    return this.#sink.admit(name);
  }
  take(batch: Parameters<LineSink["take"]>[0]): void {
    this.taken += batch.length;
    this.#sink.take(batch);
  }
  /** A request for a receipt: the answer to the request is one. */
  control(): void {
    this.taken++;
  }
  reject(reason: LineRejection, line: Uint8Array): void {
    this.#count(reason, 1, line);
    this.#sink.reject(reason, line);
  }
  refuse(...[reason, lines, latest]: Parameters<LineSink["refuse"]>): void {
    this.#count(reason, lines, latest);
    this.#sink.refuse(reason, lines, latest);
  }

  #count(reason: LineRejection, lines: number, line: Uint8Array): void {
    this.rejected += lines;
    this.#byReason.set(reason, (this.#byReason.get(reason) ?? 0) + lines);
    if (this.#examples.length >= LIMITS.rejectsAnswered) return;
    this.#examples.push({ reason, line: Buffer.from(line.subarray(0, TEXT_CHARACTERS)).toString() });
  }

  told(): object {
    const { taken, rejected } = this;
    return { taken, rejected, reasons: Object.fromEntries(this.#byReason), examples: this.#examples };
  }
}

function answer(
  exchange: HttpExchange,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  const type = { "Content-Type": "application/json; charset=utf-8", "X-Content-Type-Options": "nosniff" };
  exchange.respond(status, { ...type, ...headers }, `${JSON.stringify(body)}\n`);
}
