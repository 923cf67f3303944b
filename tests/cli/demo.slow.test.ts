// The demo from beginning to end, at the speed at which people see it.
import { readdir } from "node:fs/promises";
import { expect, test, vi } from "vitest";
import { createWorld } from "./world.ts";

test("the demo goes through its whole tour and leaves nothing behind", async () => {
  const world = await createWorld();
  // A temporary folder of its own: others may run a demo at this moment.
  vi.stubEnv("TMPDIR", world.folder);
  try {
    const { code, out } = await world.capstan("demo", "--exit-after-tour");
    expect(code).toBe(0);
    const first = out.indexOf("1  A server");
    expect(out.slice(0, first)).toMatch(/Portal +http:\/\/127\.0\.0\.1:\d+\/ /);
    expect(out.slice(0, first)).toMatch(/Dashboard +http:\/\/127\.0\.0\.1:\d+\/stacks /);
    expect(out).toMatch(/Both are healthy after/);
    expect(out).toMatch(/[1-9] checks? of the whole server, one request each; .* 0 writes\./);
    expect(out).toMatch(/undone within \d+s: nginx:1\.28\./);
    expect(out).toContain("`applications.web.imagee` is unknown");
    expect(out).toContain("Healthy again: blog, shop.");
    expect(await readdir(world.folder)).toEqual([]);
  } finally {
    vi.unstubAllEnvs();
    await world.close();
  }
});
