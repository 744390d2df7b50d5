/**
 * The answer to what can't be answered: a page for people, `{"error": …}` for programs, a line of text for the rest.
 *
 * Who asked wrongly is told what was wrong. Our own failures are told as such with the number under which the log has
 * them, and nothing else: a stack is of use here, and to an attacker.
 */
import type { ErrorRequestHandler, Request, Response } from "express";
import { errorText } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { Views } from "./views.ts";

interface Refusal {
  readonly status: number;
  readonly message: string;
}

export function answerErrors({ log, views }: { readonly log: Log; readonly views: Views }): ErrorRequestHandler {
  let failures = 0;
  return (error: unknown, request, response, _next) => {
    if (response.headersSent) {
      response.destroy(); // half an answer must not look like a whole one
      return;
    }
    const refusal = refusalOf(error) ?? failure(error, request);
    send(request, response, refusal, views);
  };

  function failure(error: unknown, request: Request): Refusal {
    failures++;
    log.error("a request failed", { failure: failures, path: request.path, error: errorText(error) });
    if (error instanceof Error && error.stack !== undefined) log.debug(error.stack, { failure: failures });
    return { status: 500, message: `this failed here; the log tells of it as failure=${failures}` };
  }
}

/** What is the fault of the request: our own RequestError, and what Express and its body parsers say with a 4xx. */
function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof Error && "status" in error && typeof error.status === "number")) return undefined;
  return error.status >= 400 && error.status < 500 ? { status: error.status, message: error.message } : undefined;
}

function send(request: Request, response: Response, { status, message }: Refusal, views: Views): void {
  response.status(status);
  const wanted = request.path.startsWith("/api/") ? "json" : request.accepts(["text", "html", "json"]);
  if (wanted === "json") response.json({ error: message });
  else if (wanted === "html") response.type("html").send(views.renderError(status, message, request));
  else response.type("text").send(`${message}\n`);
}
