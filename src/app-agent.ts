// An agent that started this process: the API that it asks, and standard input and output to answer it on.
import { apiInProcess, createApi } from "./http/api/api.ts";
import type { ApiDeps } from "./http/api/api.ts";
import { localOperator } from "./http/auth/local-request.ts";
import { plainShell } from "./http/auth/sign-in-page.ts";
import type { Verdict } from "./http/auth/verdict.ts";
import type { Clock } from "./lib/clock.ts";
import type { Logger } from "./lib/logger.ts";
import type { ServedAgent } from "./cli/context.ts";
import { askInProcess } from "./mcp/in-process.ts";
import { serveMcpStdio } from "./mcp/stdio.ts";
import type { AskApi } from "./ports-api.ts";

export interface LocalApi {
  /** As an operator of this machine: whoever starts the process has its credentials anyway. */
  readonly ask: AskApi;
  /** May be called twice. */
  close(): void;
}

export function localApi(
  deps: ApiDeps,
  edge: {
    readonly clock: Clock;
    readonly logger: Logger;
    readonly redact: (text: string) => string;
    readonly version: string;
  },
): LocalApi {
  const verdict: Verdict = { kind: "granted", person: localOperator };
  const api = createApi(deps, {
    ...edge,
    access: async () => verdict,
    portalPerson: async () => ({ verdict }),
    page: plainShell,
  });
  const fetchApi = apiInProcess(api, edge.logger);
  const sender = { url: "http://localhost/", headers: new Headers() };
  return {
    ask: askInProcess(fetchApi, sender),
    close: () => {
      api.close();
    },
  };
}

/** Nothing else may write to standard output from then on. */
export function serveAgent(
  ask: AskApi,
  { version, redact }: { readonly version: string; readonly redact: (text: string) => string },
): ServedAgent {
  const report = (error: unknown): void => {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`error: ${redact(message)}\n`);
  };
  return serveMcpStdio({ ask, version, report }, { input: process.stdin, output: process.stdout });
}
