// What containers of the simulated swarm print.
import { expect, test } from "vitest";
import { until } from "../support/until.ts";
import { bench, deployed, makeApplication } from "./support.ts";

async function logOf(image: string, tail = 100): Promise<() => Promise<readonly string[]>> {
  const b = await bench();
  const { applicationId } = await makeApplication(b.client, { image });
  await deployed(b, applicationId);
  return async () => {
    const { json } = await b.client.get("application.readLogs", { applicationId, tail });
    return (json as string).split("\n").filter((line) => line !== "");
  };
}

const stamp = /^\d{4}-\d\d-\d\dT[\d:.]+Z /;

test("a service that runs begins with its start, and goes on with lines in order", async () => {
  const read = await logOf("nginx:1");
  await until("it printed more", async () => (await read()).length > 4);
  const lines = await read();
  expect(lines[0]).toContain("simulated: nginx:1 starts");
  expect(lines.every((line) => stamp.test(line))).toBe(true);
  expect(lines).toEqual([...lines].sort());
  // What was printed stays as it was.
  expect((await read()).slice(0, 4)).toEqual(lines.slice(0, 4));
});

test("only as many lines come as are asked for, the newest", async () => {
  const read = await logOf("nginx:1", 2);
  await until("it printed more", async () => !(await read()).join("").includes("starts"));
  expect(await read()).toHaveLength(2);
});

test("a process that ends says so each time", async () => {
  const read = await logOf("acme/crash:1");
  await until("it ended twice", async () => (await read()).length > 1);
  expect((await read())[0]).toContain("simulated: the process ends with code 2");
});

test("application.readLogs-healthy: what was recorded prints nothing", async () => {
  const read = await logOf("localhost:5000/tiny:1");
  expect(await read()).toEqual([]);
});
