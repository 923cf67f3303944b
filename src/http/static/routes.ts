// `/static/<version>/<path>`: what pages need in the browser. Everybody may read it: it holds no data.
import { Hono } from "hono";
import type { Context } from "hono";
import { problem } from "../problem.ts";
import type { StaticFiles } from "./files.ts";

const forEver = "public, max-age=31536000, immutable";

/** Where a file is to be asked for; changes with its content. */
export function staticPath(files: StaticFiles, path: string): string {
  return `/static/${files.version()}/${path}`;
}

function wantsZip(context: Context): boolean {
  return /\bgzip\b(?!\s*;\s*q=0(?:\.0+)?\s*(?:,|$))/i.test(
    context.req.header("Accept-Encoding") ?? "",
  );
}

function isKnown(given: string | undefined, etag: string): boolean {
  const tags = (given ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes(etag) || tags.includes("*");
}

/** To be mounted at `/static`. */
export function staticRoutes(files: StaticFiles): Hono {
  const app = new Hono();
  app.get("/:version/:path{.+}", (context) => {
    const { version, path } = context.req.param();
    const file = files.file(path);
    if (file === null) return problem(404, "there is no such file");
    const isCurrent = version === files.version();
    const headers: Record<string, string> = {
      "Content-Type": file.type,
      // A page of an older process still finds its files here, but must not keep them under that name.
      "Cache-Control": isCurrent ? forEver : "no-cache",
      ETag: file.etag,
      Vary: "Accept-Encoding",
      "Cross-Origin-Resource-Policy": "same-origin",
    };
    if (isKnown(context.req.header("If-None-Match"), file.etag)) {
      return new Response(null, { status: 304, headers });
    }
    if (file.zipped === null || !wantsZip(context)) {
      return new Response(new Uint8Array(file.body), { headers });
    }
    return new Response(new Uint8Array(file.zipped), {
      headers: { ...headers, "Content-Encoding": "gzip" },
    });
  });
  return app;
}
