// `/docs`: the documentation. Everybody may read it: it holds no data of this controller.
import { createHash } from "node:crypto";
import { Hono } from "hono";
import type { Context } from "hono";
import { noticeBody } from "../auth/sign-in-page.ts";
import type { PageShell } from "../auth/sign-in-page.ts";
import { htmlAnswer } from "../pages/document.ts";
import { foundBody, pageBody } from "./layout.ts";
import { docsAddress } from "./library.ts";
import type { Docs } from "./library.ts";
import { search } from "./search.ts";

export interface DocsDeps {
  readonly docs: Docs;
  /** Around a page of the documentation. */
  readonly page: PageShell;
  /** Around a notice. */
  readonly card: PageShell;
}

const longestQuestion = 100;

function isKnown(given: string | undefined, etag: string): boolean {
  return (given ?? "").split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag);
}

/** May be kept, and is asked for again each time: an upgrade and another theme are seen at once. */
async function kept(context: Context, text: string): Promise<Response> {
  const etag = `"${createHash("sha256").update(text).digest("base64url").slice(0, 16)}"`;
  const headers = { "Cache-Control": "no-cache", ETag: etag, Vary: "Accept-Encoding, Cookie" };
  if (isKnown(context.req.header("If-None-Match"), etag)) {
    return new Response(null, { status: 304, headers });
  }
  const answer = await htmlAnswer(context.req.raw, text);
  for (const [name, value] of Object.entries(headers)) answer.headers.set(name, value);
  return answer;
}

export function docsRoutes({ docs, page: shell, card }: DocsDeps): Hono {
  const app = new Hono();

  function show(context: Context, path: string): Promise<Response> | Response {
    const request = context.req.raw;
    const page = docs.page(path);
    if (page === null) {
      const title = "There is no such page";
      const text =
        "The documentation has no page under this address. It may have another name now.";
      const action = { label: "See all pages", href: "/docs" };
      const body = noticeBody({ title, text, action });
      return htmlAnswer(request, card({ title, body, request }), 404);
    }
    const title = path === "" ? "Documentation" : page.title;
    return kept(context, shell({ title, body: pageBody(docs.groups(), page), request }));
  }

  app.get("/", (context) => {
    const request = context.req.raw;
    const question = (context.req.query("q") ?? "").trim().slice(0, longestQuestion);
    if (question === "") return show(context, "");
    const body = foundBody(docs.groups(), question, search(docs.pages(), question));
    return kept(context, shell({ title: `Search: ${question}`, body, request }));
  });
  app.get("/:path{.+}", (context) => {
    const path = context.req.param("path");
    // As files are called on the Git host.
    const named = path.replace(/\/$/, "").replace(/(?:^|\/)README\.md$|\.md$/, "");
    if (named !== path && docs.page(named) !== null)
      return context.redirect(docsAddress(named), 301);
    return show(context, path);
  });
  return app;
}
