// The stand-in world and a browser for the tests of one file: a world and a fresh visit for each test.
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { launchChromium, openAlive, visit } from "./browser.ts";
import type { Visit } from "./browser.ts";
import { startPagesWorld } from "./pages-world.ts";
import type { PagesWorld, PagesWorldOptions } from "./pages-world.ts";

export interface PagesBench {
  /** That of the test that runs. */
  readonly world: () => PagesWorld;
  /** Starts it; without it `come` does. */
  readonly begin: (options?: PagesWorldOptions) => Promise<PagesWorld>;
  /** A page at this address, with its scripts in charge where it has any. */
  readonly come: (
    path: string,
    options?: PagesWorldOptions,
    more?: Parameters<typeof visit>[2],
  ) => Promise<Page>;
}

/** To be called within `describe`. Fails a test whose page wrote an error or asked another host. */
export function pagesBench(): PagesBench {
  let browser: Browser;
  let world: PagesWorld | null = null;
  const visits: Visit[] = [];
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    const ended = visits.splice(0);
    for (const one of ended) await one.close();
    await world?.close();
    world = null;
    expect(
      ended.flatMap(({ errors }) => errors),
      "errors on the console",
    ).toEqual([]);
    expect(
      ended.flatMap(({ foreign }) => foreign),
      "requests to other hosts",
    ).toEqual([]);
  });
  const begin = async (options: PagesWorldOptions = {}): Promise<PagesWorld> => {
    world = await startPagesWorld(options);
    return world;
  };
  return {
    begin,
    world() {
      if (world === null) throw new Error("no world was started");
      return world;
    },
    async come(path, options = {}, more = {}) {
      const { url } = world ?? (await begin(options));
      const one = await visit(browser, url, more);
      visits.push(one);
      if (more.javaScriptEnabled === false) await one.page.goto(path);
      else await openAlive(one.page, path);
      return one.page;
    },
  };
}
