// A Git server on loopback: git's own http-backend behind a small HTTP server that can ask for a login,
// answer with any status, or never answer at all.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, dirname } from "node:path";
import { gitBounds, testGitEnvironment } from "./git.ts";
import { runProgram } from "./run-program.ts";

export interface GitHttpServer {
  /** Address of the repository; `host` alone for other paths. */
  readonly url: string;
  readonly host: string;
  /** The Authorization headers that came, in order; null where there was none. */
  readonly authorizations: readonly (string | null)[];
  /** How many requests were answered. */
  answered(): number;
  close(): Promise<void>;
}

export type GitHttpAnswer =
  | { readonly kind: "serve" }
  | { readonly kind: "status"; readonly status: number; readonly location?: string }
  | { readonly kind: "hang" };

/** Serves the bare repository at `folder`; `answer` decides for each request, and serves by default. */
export async function serveRepository(
  folder: string,
  answer: (request: IncomingMessage) => GitHttpAnswer = () => ({ kind: "serve" }),
): Promise<GitHttpServer> {
  const authorizations: (string | null)[] = [];
  let answered = 0;
  const server = createServer((request, response) => {
    authorizations.push(request.headers.authorization ?? null);
    response.once("finish", () => (answered += 1));
    const chosen = answer(request);
    switch (chosen.kind) {
      case "hang":
        return;
      case "status":
        response.writeHead(chosen.status, {
          ...(chosen.status === 401 ? { "www-authenticate": 'Basic realm="git"' } : {}),
          ...(chosen.location === undefined ? {} : { location: chosen.location }),
        });
        response.end();
        return;
      case "serve":
        void backend(folder, request, response).catch(() => response.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${host}/${basename(folder)}`,
    host,
    authorizations,
    answered: () => answered,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Answers with a login or 401. */
export function requireLogin(
  user: string,
  password: string,
): (r: IncomingMessage) => GitHttpAnswer {
  const expected = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  return (request) =>
    request.headers.authorization === expected
      ? { kind: "serve" }
      : { kind: "status", status: 401 };
}

async function backend(
  folder: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://localhost");
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { stdout } = await runProgram({
    ...gitBounds,
    program: "git",
    args: ["http-backend"],
    env: {
      ...testGitEnvironment(),
      GIT_PROJECT_ROOT: dirname(folder),
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method ?? "GET",
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
    },
    stdin: Buffer.concat(chunks),
  });
  const end = stdout.indexOf("\r\n\r\n");
  const headers = stdout.toString("latin1", 0, end).split("\r\n");
  let status = 200;
  for (const line of headers) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).trim();
    if (name.toLowerCase() === "status") status = Number.parseInt(value, 10);
    else if (colon > 0) response.setHeader(name, value);
  }
  response.writeHead(status);
  response.end(stdout.subarray(end + 4));
}
