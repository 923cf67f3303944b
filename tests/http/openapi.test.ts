// The API's description: valid, whole, and true to what is mounted and answered.
import { Validator } from "@seriousme/openapi-schema-validator";
import { afterEach, expect, test } from "vitest";
import { createFakeEngine, status } from "../cli/support.ts";
import { createApiWorld, type ApiWorld } from "./api-support.ts";

const worlds: ApiWorld[] = [];
afterEach(() => {
  for (const world of worlds.splice(0)) world.close();
});

function open(): ApiWorld {
  const engine = createFakeEngine();
  engine.setStacks([status("shop", { kind: "converged" })]);
  const world = createApiWorld({ engine });
  worlds.push(world);
  return world;
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Record<string, { readonly content?: Record<string, unknown> }>;
}
interface Document {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: Record<string, Record<string, object>>;
}

async function read(): Promise<Document> {
  const { json } = await open().request("GET", "/api/openapi.json");
  return json;
}

test("it is valid OpenAPI 3.1", async () => {
  const document = await read();
  expect(document.openapi).toMatch(/^3\.1\./);
  expect(document.info.version).toBe("1.2.3");
  const result = await new Validator().validate({ ...document });
  expect(result.errors ?? []).toEqual([]);
  expect(result.valid).toBe(true);
});

test("every address that the server answers is in it, and nothing else", async () => {
  const document = await read();
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const world = open();
  const { routes } = world.app;
  const isPage = (path: string) => /^\/(?:commits|static|stacks|sign|auth)\b|^\/$/.test(path);
  const answered = routes
    .filter(({ method, path }) => method !== "ALL" && !path.includes("*"))
    // Writing to these is refused.
    .filter(
      ({ method, path }) => method === "GET" || !/^\/(?:health|healthz|readyz|metrics)$/.test(path),
    )
    .filter(({ path }) => !isPage(path))
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);
  expect([...new Set(answered)].sort()).toEqual(
    described.filter((one) => !one.includes("/webhooks/")).sort(),
  );
});

test("every operation has a name, its path's parameters, security or none, and its errors", async () => {
  const { paths } = await read();
  const ids: string[] = [];
  for (const [path, methods] of Object.entries(paths)) {
    for (const operation of Object.values(methods)) {
      ids.push(operation.operationId);
      expect(operation.summary, path).not.toBe("");
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const described = (operation.parameters ?? []).filter((one) => one.in === "path");
      expect(
        described.map(({ name }) => name),
        path,
      ).toEqual(inPath);
      const statuses = Object.keys(operation.responses);
      expect(statuses, path).toContain("500");
      for (const [code, { content = {} }] of Object.entries(operation.responses)) {
        if (Number(code) >= 400)
          expect(Object.keys(content), path).toEqual(["application/problem+json"]);
      }
      if (path.startsWith("/api/v1")) {
        expect(statuses, path).toEqual(expect.arrayContaining(["400", "401", "403"]));
      }
    }
  }
  expect(new Set(ids).size).toBe(ids.length);
});

test("both ways to sign in are described", async () => {
  const { components } = await read();
  expect(components.securitySchemes).toMatchObject({
    token: { type: "http", scheme: "bearer" },
    session: { type: "apiKey", in: "cookie" },
  });
});

test("everybody may read it, and it is made once", async () => {
  const world = createApiWorld({ isLoopback: false });
  worlds.push(world);
  const one = await world.request("GET", "/api/openapi.json");
  expect([one.status, one.type]).toEqual([200, "application/json"]);
  expect(one.text).toBe((await world.request("GET", "/api/openapi.json")).text);
});

test("the page names every operation and schema, with no script and nothing from elsewhere", async () => {
  const document = await read();
  const { text, type, status: code } = await open().request("GET", "/api/docs");
  expect([code, type]).toEqual([200, "text/html; charset=utf-8"]);
  for (const methods of Object.values(document.paths)) {
    for (const { operationId } of Object.values(methods))
      expect(text).toContain(`id="${operationId}"`);
  }
  for (const name of Object.keys(document.components.schemas ?? {})) {
    expect(text).toContain(`id="schema-${name}"`);
  }
  expect(text).not.toMatch(/<script|<style|\sstyle=|\son\w+=|javascript:/i);
  const addresses = [...text.matchAll(/(?:href|src)="([^"]*)"/g)].map(
    ([, address = ""]) => address,
  );
  for (const address of addresses) expect(address).toMatch(/^[#/](?!\/)/);
  const targets = addresses.filter((one) => one.startsWith("#")).map((one) => one.slice(1));
  for (const target of new Set(targets)) expect(text, target).toContain(`id="${target}"`);
});

test("what is answered is what is described", async () => {
  const { paths } = await read();
  const world = open();
  for (const [path, methods] of Object.entries(paths)) {
    if (methods.get === undefined || path.includes("{") || path.endsWith("/stream")) continue;
    const { type, status: code } = await world.request("GET", path);
    const content = methods.get.responses[String(code)]?.content;
    expect(Object.keys(content ?? {}), path).toContain(type.split(";")[0]);
  }
});
