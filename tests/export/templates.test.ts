// Projects that are alike are offered as one template and small stacks, which mean exactly what the whole ones meant.
import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { alikeStacks } from "../../src/export/templates.ts";
import type { ApplicationSpec, Configured } from "../../src/model/specs.ts";
import { defaultSpec, domainAt } from "../support/kinds.ts";
import { exportedAndLoaded, madeUpServer } from "../support/made-up-server.ts";
import type { MadeUpProject } from "../support/made-up-server.ts";

const web = (more: Partial<ApplicationSpec>): Configured => ({
  kind: "application",
  spec: { ...defaultSpec, image: "ghost:5", aliases: [], ...more },
});

function shop(name: string, more: Partial<ApplicationSpec> = {}): MadeUpProject {
  const spec = {
    domains: [domainAt(`${name}.example.com`)],
    env: { URL: `https://${name}.example.com`, API_TOKEN: `token-of-${name}`, MODE: "live" },
    ...more,
  };
  return { name, services: [{ name: "web", configured: web(spec) }] };
}

test("what is left to people in all of them says why in the template", () => {
  const kept = (name: string): MadeUpProject => {
    const [service] = shop(name).services;
    return {
      name,
      services: [{ ...service!, details: { foreignFields: new Set(["placement"]) } }],
    };
  };
  const [alike] = alikeStacks(exportedAndLoaded(madeUpServer([kept("shop-a"), kept("shop-b")])));
  const text = alike?.files.get("shop.template.yaml") ?? "";
  expect(text).toContain("- placement # what Dokploy has there no manifest can say");
  // The name on the network is another one in each.
  expect(text).toMatch(/- aliases\n/);
});

test("what follows the name is said with it, and what differs is a parameter", () => {
  const projects = [
    shop("shop-a"),
    shop("shop-b", { replicas: 2 }),
    shop("shop-c", { replicas: 3 }),
  ];
  const more = shop("shop-a").services[0]!;
  projects[0] = {
    name: "shop-a",
    services: [
      { ...more, configured: web({ ...(more.configured.spec as ApplicationSpec), replicas: 4 }) },
    ],
  };
  const exported = exportedAndLoaded(madeUpServer(projects));
  const [alike, ...others] = alikeStacks(exported);
  expect(others).toEqual([]);
  expect(alike?.stacks.map(({ name }) => name)).toEqual(["shop-a", "shop-b", "shop-c"]);
  const [template] = parseAllDocuments(alike?.files.get("shop.template.yaml") ?? "");
  expect(template?.toJS()).toMatchObject({
    kind: "StackTemplate",
    metadata: { name: "shop" },
    spec: {
      parameters: {
        "web-replicas": { type: "integer" },
        "env-api-token": { type: "string" },
      },
      stack: {
        applications: {
          web: {
            image: "ghost:5",
            replicas: "$(parameters.web-replicas)",
            domains: [{ host: "$(name).example.com", port: 80 }],
            env: {
              URL: "https://$(name).example.com",
              API_TOKEN: "$(parameters.env-api-token)",
              MODE: "live",
            },
          },
        },
      },
    },
  });
  const [small] = parseAllDocuments(alike?.files.get("shop-b.yaml") ?? "");
  expect(small?.toJS()).toEqual({
    apiVersion: "capstan/v1",
    kind: "Stack",
    metadata: { name: "shop-b" },
    spec: {
      template: "shop",
      parameters: { "web-replicas": 2, "env-api-token": "$(secrets.shop-b-web-api-token)" },
      adopt: true,
    },
  });
});

test("projects that have other services, or that stand alone, are not alike", () => {
  const two: MadeUpProject = {
    name: "two",
    services: [...shop("two").services, { name: "worker", configured: web({}) }],
  };
  expect(alikeStacks(exportedAndLoaded(madeUpServer([shop("one"), two])))).toEqual([]);
  expect(alikeStacks(exportedAndLoaded(madeUpServer([shop("one")])))).toEqual([]);
});

test("a file's content, in which no reference works, is never a parameter", () => {
  const withFile = (name: string): MadeUpProject =>
    shop(name, { mounts: [{ type: "file", content: `for ${name}`, target: "/motd" }] });
  expect(
    alikeStacks(exportedAndLoaded(madeUpServer([withFile("shop-a"), withFile("shop-b")]))),
  ).toEqual([]);
});
