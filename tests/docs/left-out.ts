// Commands of the documentation that no test types, each with why. `walks.test.ts` holds that each of them stands on its
// page; whatever is on a page and not here is typed by the walk of that page.

export interface LeftOut {
  readonly page: string;
  readonly command: string;
  readonly why: string;
}

export const leftOut: readonly LeftOut[] = [];
