// The browser's files: made from source, kept for ever under their own version, and nothing else.
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { createStaticFiles } from "../../src/http/static/files.ts";
import { browserModule } from "../../src/http/static/modules.ts";
import { staticRoutes } from "../../src/http/static/routes.ts";

const files = createStaticFiles();
const app = staticRoutes(files);
const at = (path: string, version = files.version()): string => `/${version}/${path}`;
const entries = [
  "portal/portal-main.js",
  "dashboard/stacks-main.js",
  "dashboard/stack-main.js",
  "dashboard/commits-main.js",
  "dashboard/commit-main.js",
  "dashboard/events-main.js",
  "dashboard/problems-main.js",
  "guide/guide-main.js",
];

describe("modules", () => {
  test("lose their types, and import what this server has", () => {
    const source = [
      'import type { A } from "../../api/shapes/stack.ts";',
      'import { useState } from "preact/hooks";',
      "import {",
      "  one,",
      '} from "../lib/one.ts";',
      "export const a: A = useState<A>(one);",
    ].join("\n");
    const { text, imports } = browserModule("portal/x.js", source, true);
    expect(imports).toEqual(["lib/preact-hooks.js", "lib/one.js"]);
    expect(text).toContain('from "../lib/preact-hooks.js"');
    expect(text).toContain('} from "../lib/one.js"');
    expect(text).not.toContain("shapes");
  });

  test.each(["zod", "../../api/api.ts", "node:fs"])("that import %s are refused", (specifier) => {
    expect(() => browserModule("portal/x.js", `import { a } from "${specifier}";`, true)).toThrow(
      "is not served",
    );
  });

  test.each(entries)("of %s are all served, as less than 60 KB together", async (entry) => {
    let total = 0;
    for (const path of files.modules(entry)) {
      const answer = await app.request(at(path), { headers: { "Accept-Encoding": "gzip" } });
      expect(answer.status, path).toBe(200);
      expect(answer.headers.get("Content-Type")).toBe("text/javascript; charset=utf-8");
      total += (await answer.arrayBuffer()).byteLength;
    }
    expect(total).toBeLessThan(60 * 1024);
  });
});

describe("a file", () => {
  test("may be kept for ever under its version, and is asked for again under any other", async () => {
    const current = await app.request(at("assets/app.css"));
    expect(current.headers.get("Cache-Control")).toBe("public, max-age=31536000, immutable");
    const older = await app.request(at("assets/app.css", "older"));
    expect(older.status).toBe(200);
    expect(older.headers.get("Cache-Control")).toBe("no-cache");
  });

  test("that the browser has already is not sent again", async () => {
    const etag = (await app.request(at("assets/app.css"))).headers.get("ETag") ?? "";
    const again = await app.request(at("assets/app.css"), { headers: { "If-None-Match": etag } });
    expect([again.status, await again.text()]).toEqual([304, ""]);
  });

  test("is the same with and without compression", async () => {
    const plain = await (await app.request(at("assets/app.css"))).text();
    const zipped = await app.request(at("assets/app.css"), {
      headers: { "Accept-Encoding": "br, gzip" },
    });
    expect(zipped.headers.get("Content-Encoding")).toBe("gzip");
    expect(gunzipSync(await zipped.arrayBuffer()).toString()).toBe(plain);
    const refused = await app.request(at("assets/app.css"), {
      headers: { "Accept-Encoding": "gzip;q=0" },
    });
    expect(refused.headers.get("Content-Encoding")).toBeNull();
  });

  test.each([
    "tsconfig.json",
    "../package.json",
    "..%2f..%2fserver.ts",
    "portal/machine.ts",
    "assets",
    "",
    "__proto__",
    "%00",
  ])("%s is not on the list", async (path) => {
    expect((await app.request(at(path))).status).toBe(404);
  });
});
