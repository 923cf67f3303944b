// The page that a commit's checks link to: what became of each stack that it touched. Who has the link may
// read it: its key is in the checks, which those see who see the repository.
import { timingSafeEqual } from "node:crypto";
import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import type { CheckRow } from "../model/checks.ts";
import type { CheckState } from "../model/forge.ts";
import { problem } from "./problem.ts";

export interface CommitPages {
  readonly checks: (sha: string) => readonly CheckRow[];
  /** Of a commit; whoever cannot name it is not answered. */
  readonly keyOf: (sha: string) => string;
}

const sha = /^[0-9a-f]{40,64}$/;

const marks: Readonly<Record<CheckState, string>> = {
  pending: "●",
  success: "✓",
  failure: "✗",
  attention: "!",
  neutral: "–",
};

const headers = {
  "Content-Type": "text/html; charset=utf-8",
  "Content-Security-Policy":
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
  "Referrer-Policy": "no-referrer",
};

const style = `
  :root { color-scheme: light dark; --line: #8884; --ok: #1a7f37; --bad: #cf222e; --wait: #9a6700 }
  @media (prefers-color-scheme: dark) { :root { --ok: #3fb950; --bad: #f85149; --wait: #d29922 } }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
  h1 { font-size: 1.4rem; margin-bottom: 0 } code { font-family: ui-monospace, monospace }
  .said { font-size: 1.1rem } table { border-collapse: collapse; width: 100% }
  th, td { text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid var(--line) }
  td.mark { width: 1.5rem; font-weight: bold } td.text { overflow-wrap: anywhere }
  .success { color: var(--ok) } .failure { color: var(--bad) } .attention, .pending { color: var(--wait) }
  footer { margin-top: 2rem; opacity: .7; font-size: .9rem }`;

type Piece = HtmlEscapedString | Promise<HtmlEscapedString>;

function stackRow({ stack, state, description, change }: CheckRow): Piece {
  return html`<tr>
    <td class="mark ${state}" title="${state}">${marks[state]}</td>
    <td><code>${stack ?? ""}</code></td>
    <td>${change ?? ""}</td>
    <td class="text">${description}</td>
  </tr>`;
}

/** `own` is the commit's check, `plan` that of a pull request; one of them is there. */
async function page(id: string, rows: readonly CheckRow[]): Promise<string> {
  const own = rows.filter(({ stack }) => stack === null);
  const stacks = rows.filter(({ stack }) => stack !== null);
  const isPending = rows.some(({ state }) => state === "pending");
  const newest = Math.max(0, ...rows.map(({ atMs }) => atMs));
  return await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        ${isPending ? html`<meta http-equiv="refresh" content="3" />` : ""}
        <title>Capstan: ${id.slice(0, 12)}</title>
        <style>
          ${style}
        </style>
      </head>
      <body>
        <h1>Commit <code>${id.slice(0, 12)}</code></h1>
        ${own.map(
          ({ context, state, description }) =>
            html`<p class="said">
              <span class="${state}">${marks[state]}</span> <code>${context}</code> ${description}
            </p>`,
        )}
        ${
          stacks.length === 0
            ? ""
            : html`<table>
                <thead>
                  <tr>
                    <th></th>
                    <th>Stack</th>
                    <th>Asked</th>
                    <th>What became of it</th>
                  </tr>
                </thead>
                <tbody>
                  ${stacks.map(stackRow)}
                </tbody>
              </table>`
        }
        <footer>
          As of
          ${new Date(newest).toISOString().slice(0, 19)}Z${
            isPending ? ". This page follows by itself." : "."
          }
        </footer>
      </body>
    </html>`;
}

function isKey(given: string | undefined, key: string): boolean {
  const [a, b] = [Buffer.from(given ?? ""), Buffer.from(key)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** 404 for what is not known and for whoever has no key alike. */
export async function commitPage(
  pages: CommitPages,
  id: string,
  key: string | undefined,
): Promise<Response> {
  const nothing = (): Response =>
    problem(
      404,
      "there is no such commit, or the link is not whole",
      {},
      {
        hint: "open it from the commit's check",
      },
    );
  if (!sha.test(id) || !isKey(key, pages.keyOf(id))) return nothing();
  const rows = pages.checks(id);
  if (rows.length === 0) return nothing();
  return new Response(await page(id, rows), { headers });
}
