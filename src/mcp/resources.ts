// What agents read as documents: the manifests of stacks as Git has them, and the schemas of manifests.
import { ResourceTemplate } from "@modelcontextprotocol/server";
import type { McpServer } from "@modelcontextprotocol/server";
import { stackDetail } from "../http/api/shapes/dashboard.ts";
import { stackPage } from "../http/api/shapes/stack.ts";
import { CapstanError } from "../lib/errors.ts";
import { renderSchemas } from "../manifest/json-schema.ts";
import type { AskApi } from "../ports-api.ts";
import { queryOf } from "../lib/query.ts";
import { failureText } from "./failure.ts";
import { part } from "./tool.ts";

interface ResourceParts {
  readonly ask: AskApi;
  readonly report: (error: unknown) => void;
}

const manifestsListed = 200;
const namesCompleted = 50;
const yaml = "application/yaml";
const json = "application/schema+json";

async function namesOf(ask: AskApi, limit: number, q?: string): Promise<readonly string[]> {
  const query = queryOf({ limit, ...(q === undefined ? {} : { q }) });
  const page = stackPage.parse(await ask({ method: "GET", path: `/v1/stacks${query}` }));
  return page.stacks.map(({ name }) => name);
}

function addSchemas(server: McpServer): void {
  for (const [file, text] of renderSchemas()) {
    const name = file.replace(".schema.json", "");
    server.registerResource(
      `schema-${name}`,
      `capstan://schemas/${name}`,
      {
        title: `Schema of manifests: ${name}`,
        description: "JSON Schema: every field of a manifest with its default and meaning.",
        mimeType: json,
      },
      (uri) => ({ contents: [{ uri: uri.href, mimeType: json, text }] }),
    );
  }
}

function addManifests(server: McpServer, { ask, report }: ResourceParts): void {
  /** The client shows the message of what is thrown. */
  async function saying<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      throw new Error(failureText(error, report));
    }
  }
  const template = new ResourceTemplate("capstan://stacks/{name}/manifest", {
    list: () =>
      saying(async () => ({
        resources: (await namesOf(ask, manifestsListed)).map((name) => ({
          uri: `capstan://stacks/${part(name)}/manifest`,
          name: `${name}.yaml`,
          title: `Manifest of ${name}`,
          mimeType: yaml,
        })),
      })),
    complete: {
      name: (begun) => saying(async () => [...(await namesOf(ask, namesCompleted, begun))]),
    },
  });
  server.registerResource(
    "manifest",
    template,
    {
      title: "Manifest of a stack",
      description: "The file as Git has it now, whole.",
      mimeType: yaml,
    },
    (uri, { name }) =>
      saying(async () => {
        const stack = Array.isArray(name) ? (name[0] ?? "") : (name ?? "");
        const path = `/v1/stacks/${part(decodeURIComponent(stack))}`;
        const { manifest } = stackDetail.parse(await ask({ method: "GET", path }));
        if (manifest === null) {
          throw new CapstanError("not-found", `${stack} has no manifest in Git`);
        }
        return { contents: [{ uri: uri.href, mimeType: yaml, text: manifest.text }] };
      }),
  );
}

export function addResources(server: McpServer, parts: ResourceParts): void {
  addSchemas(server);
  addManifests(server, parts);
}
