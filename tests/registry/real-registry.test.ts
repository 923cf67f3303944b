// Where tags point, asked of a real registry.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../src/lib/clock.ts";
import { describeError } from "../../src/lib/errors.ts";
import { httpClient } from "../../src/lib/http.ts";
import type { HttpClient } from "../../src/lib/http.ts";
import { createRegistry } from "../../src/registry/registry.ts";
import { realLogin, registryProgram, startRealRegistry } from "../support/real-registry.ts";
import type { RealRegistry } from "../support/real-registry.ts";

describe.skipIf(registryProgram === null).each([false, true])(
  "a real registry that wants a login: %s",
  (isPrivate) => {
    let real: RealRegistry;
    const answers: number[] = [];
    const http: HttpClient = {
      async send(request) {
        const answer = await httpClient.send(request);
        answers.push(answer.status);
        return answer;
      },
    };
    const registry = createRegistry({ http, clock: systemClock });
    beforeAll(async () => {
      real = await startRealRegistry(isPrivate);
    });
    afterAll(() => real.close());

    const ask = (tag: string, password = realLogin.password): Promise<string | null> => {
      const { username } = realLogin;
      const login = isPrivate ? { url: real.host, username, password } : null;
      return registry.digest({ image: `${real.host}/acme/shop`, login }, tag);
    };

    test.each(["list", "image"] as const)(
      "a tag of one %s is seen, asked for only whether it changed, seen moved and gone",
      async (as) => {
        const first = await real.push("acme/shop", as, "first", as);
        expect(await ask(as)).toBe(first);
        answers.length = 0;
        expect(await ask(as)).toBe(first);
        expect(answers).toEqual([304]);
        const second = await real.push("acme/shop", as, "second", as);
        expect(second).not.toBe(first);
        expect(await ask(as)).toBe(second);
        await real.remove("acme/shop", second);
        expect(await ask(as)).toBeNull();
      },
    );

    test("its tags are listed", async () => {
      await real.push("acme/many", "1.4.2", "first", "image");
      await real.push("acme/many", "1.4.3", "second", "list");
      const { username, password } = realLogin;
      const login = isPrivate ? { url: real.host, username, password } : null;
      const tags = await registry.tags({ image: `${real.host}/acme/many`, login });
      expect([...tags].sort()).toEqual(["1.4.2", "1.4.3"]);
    });

    test("a repository that is not there has no tag", async () => {
      expect(await ask("nothing")).toBeNull();
    });

    test.runIf(isPrivate)("P5 a wrong login is told without it", async () => {
      const told = await ask("list", "pw-that-is-wrong").then(() => "no error", describeError);
      expect(told).toContain("does not show acme/shop");
      expect(told).not.toContain("pw-that-is-wrong");
    });
  },
);
