// A browser for the tests of one file, and a fresh visit for each person in a test.
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { launchChromium, visit } from "./browser.ts";
import type { Visit } from "./browser.ts";

export interface Visits {
  /** A new person at this server, with no cookies. */
  readonly come: (base: string, more?: Parameters<typeof visit>[2]) => Promise<Page>;
}

/** To be called within `describe`. Fails a test whose page wrote an error or asked another host. */
export function browserVisits(): Visits {
  let browser: Browser;
  const visits: Visit[] = [];
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    const ended = visits.splice(0);
    for (const one of ended) await one.close();
    const errors = ended.flatMap((one) => one.errors);
    expect(errors, "errors on the console").toEqual([]);
    const foreign = ended.flatMap((one) => one.foreign);
    expect(foreign, "requests to other hosts").toEqual([]);
  });
  return {
    async come(base, more = {}) {
      const one = await visit(browser, base, more);
      visits.push(one);
      return one.page;
    },
  };
}
