/**
 * The page's events (web/live.ts): opened, watched, and opened again. EventSource comes back by itself only after a broken
 * connection; after an answer that is no stream it stays away, and a connection that only looks open it does not notice.
 * So here every end is one end, and there is one way back: a new stream that says what was seen last.
 */
import { applyPatch, isModel, type Model } from "./merge.ts";

export interface StreamEvents {
  /** The model as it is now. */
  onModel(model: Model): void;
  /** Something arrived, the model or a sign of life; `nowMs` is the aggregator's clock. */
  onNews(nowMs: number): void;
}

/** More than two of the server's beats. */
const SILENT_MS = 8_000;
const RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 15_000;
/** Who looks at something else for this long is not kept up to date. */
const HIDDEN_MS = 60_000;

export function openStream(url: string, { onModel, onNews }: StreamEvents): void {
  let source: EventSource | undefined;
  let model: unknown;
  let lastId = "";
  let retryMs = RETRY_MS;
  let retry = 0;
  let silence = 0;
  let hidden = 0;

  function open(): void {
    close();
    source = new EventSource(lastId === "" || model === undefined ? url : `${url}&last=${encodeURIComponent(lastId)}`);
    source.addEventListener("model", (event) => take(event, (data) => data["model"]));
    source.addEventListener("patch", (event) => take(event, (data) => applyPatch(model, data["patch"])));
    source.addEventListener("beat", (event) => take(event, () => undefined));
    source.addEventListener("error", again);
    watch();
  }

  function take(event: MessageEvent<string>, read: (data: Model) => unknown): void {
    const data = JSON.parse(event.data) as Model;
    lastId = event.lastEventId;
    retryMs = RETRY_MS;
    watch();
    onNews(Number(data["nowMs"]));
    const next = read(data);
    if (next === undefined) return;
    model = next;
    if (isModel(next)) onModel(next);
  }

  function watch(): void {
    clearTimeout(silence);
    silence = setTimeout(again, SILENT_MS);
  }

  function again(): void {
    close();
    retry = setTimeout(open, retryMs);
    retryMs = Math.min(LONGEST_RETRY_MS, retryMs * 2);
  }

  function close(): void {
    source?.close();
    source = undefined;
    clearTimeout(silence);
    clearTimeout(retry);
  }

  document.addEventListener("visibilitychange", () => {
    clearTimeout(hidden);
    if (document.hidden) hidden = setTimeout(close, HIDDEN_MS);
    else if (source === undefined) open();
  });
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => {
    if (event.persisted) open();
  });
  open();
}
