// What a reader's shell knows of the world that a page takes as given: a Dokploy (the simulator over HTTP), a repository
// of stacks on a Git host (a stand-in of Gitea), and the controller that serves them (`openForgeBench`).
import type { ForgeBench } from "../support/forge-bench.ts";

/** As `.env` would have it; `CAPSTAN_URL` names the controller, whose API the commands ask. */
export function environmentOf(bench: ForgeBench): Readonly<Record<string, string>> {
  return {
    DOKPLOY_URL: bench.simulator.url,
    DOKPLOY_API_TOKEN: bench.simulator.apiKey,
    GIT_URL: bench.repository.url,
    FORGE: "gitea",
    FORGE_URL: bench.gitea.url,
    FORGE_TOKEN: bench.gitea.token,
    FORGE_REPOSITORY: bench.gitea.repository,
    CAPSTAN_URL: bench.controller().address,
  };
}

/** One application, healthy soon; `more`: other fields of it, each with a comma before it. */
export function stackOf(name: string, image = "nginx:1.28", more = ""): string {
  return `apiVersion: capstan/v1
kind: Stack
metadata: { name: ${name} }
spec:
  applications:
    web: { image: "${image}", rollout: { stableFor: 50ms }${more} }
`;
}

/** What a Dokploy answers, where a test has only its address. */
export async function askDokploy(
  url: string,
  procedure: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const answer = await fetch(`${url}/api/${procedure}`, { headers: { "x-api-key": "simulator" } });
  if (!answer.ok) throw new Error(`${procedure}: ${answer.status}`);
  return (await answer.json()) as readonly Readonly<Record<string, unknown>>[];
}
