/**
 * `/events?page=NAME&…`: server-sent events with what changes on a page (live.ts). A browser that comes back says what it
 * saw last in the header `Last-Event-ID`, or as `last`, because one that reconnects by itself can't set headers.
 */
import type { Request, RequestHandler, Response } from "express";
import type { WebContext } from "../context.ts";
import type { Listener } from "../live.ts";
import type { Page, PageParameters } from "../page.ts";
import { RequestError } from "../request-error.ts";
import type { Route } from "../route.ts";
import { nodePage } from "./node.ts";
import { overviewPage } from "./overview.ts";

const PAGES: readonly Page[] = [overviewPage, nodePage];

export const eventsRoute: Route<WebContext> = {
  paths: ["/events"],
  methods: ["get"],
  access: "read",
  handler: (context) => followPage(context),
};

function followPage(context: WebContext): RequestHandler {
  return async (request, response) => {
    const { live } = context;
    const page = PAGES.find(({ name }) => name === request.query["page"]);
    if (page === undefined) throw new RequestError(404, `page is one of ${PAGES.map(({ name }) => name).join(", ")}`);
    if (live.isFull) {
      response
        .status(503)
        .set("Retry-After", "30")
        .json({ error: "as many browsers as may are kept up to date already" });
      return;
    }
    const parameters = parametersOf(page, request);
    const name = new URLSearchParams({ page: page.name, ...parameters }).toString();
    const channel = await live.channel(name, () => page.model(context, parameters));
    if (channel === undefined) throw new RequestError(404, `nothing is known of ${page.title(parameters)}`);
    if (response.closed) return;
    const listener = listen(response);
    response.once("close", () => channel.remove(listener));
    channel.add(listener, lastSeen(request));
  };
}

function parametersOf(page: Page, request: Request): PageParameters {
  return Object.fromEntries(page.parameters.map((name) => [name, String(request.query[name] ?? "")]));
}

function lastSeen(request: Request): string | undefined {
  const header = request.headers["last-event-id"];
  return typeof header === "string" ? header : String(request.query["last"] ?? "");
}

function listen(response: Response): Listener {
  response.writeHead(200, {
    "Content-Type": "text/event-stream; charset=utf-8",
    "X-Accel-Buffering": "no", // nginx would collect events before it passes them on
  });
  return {
    send: (frame) => void response.write(frame),
    get unsentBytes() {
      return response.writableLength + (response.socket?.writableLength ?? 0);
    },
    close: () => response.destroy(),
  };
}
