/** `/favicon.svg`: the icon in the browser's tab; as `/favicon.ico` for who shows JSON, and asks by the old name. */
import type { WebContext } from "../context.ts";
import type { Route } from "../route.ts";
import { sendAsset } from "../send-asset.ts";

export const faviconRoute: Route<WebContext> = {
  paths: ["/favicon.svg", "/favicon.ico"],
  methods: ["get"],
  access: "public",
  handler: ({ assets }) => {
    const icon = assets.get(assets.url("/favicon.svg"))!;
    return (request, response) => sendAsset(request, response, icon, "public, max-age=86400");
  },
};
