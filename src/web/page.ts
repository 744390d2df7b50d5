/**
 * What a page is: a view, and the model that the view prints and that open browsers are kept up to date with. Its route
 * renders it, and `/events` follows it, both by the same declaration.
 */
import type { Request, RequestHandler } from "express";
import type { WebContext } from "./context.ts";
import { RequestError } from "./request-error.ts";
import type { Route } from "./route.ts";
import type { PageContent } from "./views.ts";

export type PageParameters = Readonly<Record<string, string>>;

export interface Page {
  /** Of the view, and of the channel: `/events?page=NAME&…`. */
  readonly name: string;
  readonly path: string;
  /** The parameters of the path. */
  readonly parameters: readonly string[];
  title(parameters: PageParameters): string;
  /** Undefined when there is no such page. Plain data without null and undefined (merge-patch.ts). */
  model(context: WebContext, parameters: PageParameters): Promise<object | undefined>;
  /** What only the view needs: it stands until the page is loaded again. */
  extras?(context: WebContext, parameters: PageParameters, request: Request): Promise<object>;
}

export function pageRoute(page: Page): Route<WebContext> {
  return {
    paths: [page.path],
    methods: ["get"],
    access: "read",
    handler: (context) => pageHandler(page, context),
  };
}

function pageHandler(page: Page, context: WebContext): RequestHandler {
  return async (request, response) => {
    const parameters = request.params as PageParameters;
    const model = await page.model(context, parameters);
    if (model === undefined) throw new RequestError(404, `nothing is known of ${page.title(parameters)}`);
    const extras = await page.extras?.(context, parameters, request);
    const content: PageContent = {
      title: page.title(parameters),
      liveUrl: `/events?${new URLSearchParams({ page: page.name, ...parameters })}`,
      model: { ...model, ...extras },
    };
    response.type("html").send(context.views.render(page.name, request, content));
  };
}
