// What a service of a compose file takes over from another one, as docker runs it.
import { expect, test } from "vitest";
import { parse } from "yaml";
import type { ComposeFile } from "../../src/model/compose-file.ts";
import { extendedServices } from "../../src/model/compose-extends.ts";
import { namesOnNetwork } from "../../src/model/compose-network.ts";
import { kinds } from "../../src/model/kinds/table.ts";

const file = parse(`
services:
  base:
    image: nginx:1
    command: [serve]
    restart: "no"
    environment: [A=1]
    volumes: ["a:/a"]
    networks: [dokploy-network]
    depends_on: [db]
    labels: { a: "1", b: "1" }
  job:
    extends: base
    command: [work, hard]
    environment: { B: "2" }
    volumes: ["b:/b"]
    labels: { b: "2" }
  far: { extends: { file: other.yaml, service: base }, image: "nginx:2" }
  one: { extends: two, image: "nginx:3" }
  two: { extends: one, privileged: true }
  none: { extends: nobody, image: "nginx:4" }
`) as ComposeFile;

test("lists are joined, maps are merged, commands and values are replaced", () => {
  const services = Object.fromEntries(extendedServices(file));
  expect(services.job).toMatchObject({
    ...{
      image: "nginx:1",
      command: ["work", "hard"],
      restart: "no",
      networks: ["dokploy-network"],
    },
    ...{ environment: { "A=1": null, B: "2" }, volumes: ["a:/a", "b:/b"] },
    labels: { a: "1", b: "2" },
  });
  expect(services.job).toHaveProperty("depends_on", ["db"]);
  expect(services.far).toMatchObject({ image: "nginx:2" });
  expect(services.far).not.toHaveProperty("command");
  expect(services.none).toMatchObject({ image: "nginx:4" });
});

test("a circle ends where it closes", () => {
  const services = Object.fromEntries(extendedServices(file));
  expect(services.one).toMatchObject({ image: "nginx:3", privileged: true });
  expect(services.two).toMatchObject({ image: "nginx:3", privileged: true });
});

test("names on the network and what may end are taken over as well", () => {
  const names = namesOnNetwork({ file, domains: [], isolated: false });
  expect(names.map(({ name }) => name)).toEqual(["base", "job"]);
  const spec = { ...kinds.compose.defaults, file };
  const part = (service: string, exitCode: number) => ({
    ...{ id: service, name: `shop-${service}-1`, state: "exited", running: 0, wanted: 1 },
    ...{ health: null, exitCode, ageMs: 1 },
  });
  const count = (exitCode: number) =>
    kinds.compose.count(
      { spec, ignore: [] },
      {
        ...{ id: "x", appName: "shop", image: "", running: 0, wanted: 0 },
        parts: [part("base", 0), part("job", exitCode)],
      },
    ).wrong;
  expect(count(0)?.filter((one) => /base|job/.test(one))).toEqual([]);
  expect(count(1)?.filter((one) => /base|job/.test(one))).toEqual(["job: exited (1)"]);
});
