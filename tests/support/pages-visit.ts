// The stand-in world and a browser for the tests of one file: a world and a fresh visit for each test.
import type { Page } from "playwright-core";
import { afterEach } from "vitest";
import { openAlive } from "./browser.ts";
import type { visit } from "./browser.ts";
import { browserVisits } from "./browser-visits.ts";
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
  let world: PagesWorld | null = null;
  // Registered first, so that it runs last: visits end before their world.
  afterEach(async () => {
    await world?.close();
    world = null;
  });
  const visits = browserVisits();
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
      const page = await visits.come(url, more);
      if (more.javaScriptEnabled === false) await page.goto(path);
      else await openAlive(page, path);
      return page;
    },
  };
}
