/** `/assets/HASH/…`: style sheet, browser code, uPlot. The URL changes with the content, so it may be kept for ever. */
import type { WebContext } from "../context.ts";
import { RequestError } from "../request-error.ts";
import type { Route } from "../route.ts";
import { sendAsset } from "../send-asset.ts";

export const assetsRoute: Route<WebContext> = {
  paths: ["/assets/*path"],
  methods: ["get"],
  access: "public",
  handler:
    ({ assets }) =>
    (request, response) => {
      const asset = assets.get(request.path);
      if (asset === undefined) throw new RequestError(404, `there is nothing at ${request.path}`);
      sendAsset(request, response, asset, "public, max-age=31536000, immutable");
    },
};
