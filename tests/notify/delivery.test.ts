// How notices become messages: grouped, held back in quiet hours, sent again.
import { beforeEach, expect, test } from "vitest";
import { CapstanError } from "../../src/lib/errors.ts";
import { createDelivery } from "../../src/notify/delivery.ts";
import type { Delivery } from "../../src/notify/delivery.ts";
import type { Message, Notice } from "../../src/notify/notice.ts";
import { parseTarget } from "../../src/notify/target.ts";
import { createVirtualClock } from "../support/virtual-clock.ts";
import type { VirtualClock } from "../support/virtual-clock.ts";
import { notice, recovery } from "./support.ts";

let clock: VirtualClock;
let sent: Message[];
let answer: () => void;
let news: string[];

beforeEach(() => {
  clock = createVirtualClock(Date.parse("2026-03-02T12:00:00Z"));
  sent = [];
  news = [];
  answer = () => undefined;
});

function open(options = ""): Delivery {
  const parsed = parseTarget(`ntfy+https://ntfy.sh/topic${options}`);
  if (!parsed.ok) throw new Error(parsed.problem);
  let ids = 0;
  return createDelivery({
    target: parsed.target,
    instance: "default",
    send: async (_, message) => {
      answer();
      sent.push(message);
    },
    clock,
    random: () => 0,
    newId: () => `m${(ids += 1)}`,
    groupMs: 30_000,
    failing: (failure) =>
      void news.push(
        failure === null ? "works" : `${failure.error.code}${failure.again ? ", again" : ""}`,
      ),
  });
}

const about = (stack: string, more: Partial<Notice> = {}): Notice =>
  notice({ stack, subject: { type: "stack", stack }, title: `${stack} is failing`, ...more });
const titles = (): readonly (readonly string[])[] =>
  sent.map(({ notices }) => notices.map(({ title }) => title));

test("what happens within a while is one message", async () => {
  const delivery = open();
  delivery.add([about("shop")]);
  await clock.advance(20_000);
  delivery.add([about("blog"), about("wiki")]);
  expect(sent).toEqual([]);
  await clock.advance(10_000);
  expect(titles()).toEqual([["shop is failing", "blog is failing", "wiki is failing"]]);
  delivery.add([about("late")]);
  await clock.advance(30_000);
  expect(titles()).toHaveLength(2);
});

test("of one subject the newest is told, and an end says what ended", async () => {
  const delivery = open();
  delivery.add([about("shop"), about("blog")]);
  delivery.add([{ ...recovery, subject: { type: "stack", stack: "shop" } }]);
  await clock.advance(30_000);
  expect(titles()).toEqual([["blog is failing", "shop is well again"]]);
  expect(sent[0]?.notices[1]?.text).toBe("It had failed: app/web: crashed with exit code 1");
});

test("what a target does not want is not sent", async () => {
  const delivery = open("#kinds=failure&labels=team=sales");
  delivery.add([about("shop", { labels: {} }), about("blog", { kind: "drift" })]);
  await clock.advance(60_000);
  expect(sent).toEqual([]);
  expect(clock.pending()).toBe(0);
});

test("in quiet hours nothing is sent, and afterwards everything in one message", async () => {
  const delivery = open("#quiet=22:00-07:00");
  await clock.advance(10 * 3_600_000);
  delivery.add([about("shop")]);
  await clock.advance(5 * 3_600_000);
  delivery.add([about("blog")]);
  await clock.advance(4 * 3_600_000 - 1_000);
  expect(sent).toEqual([]);
  await clock.advance(2_000);
  expect(titles()).toEqual([["shop is failing", "blog is failing"]]);
});

test("a host that is down gets the message when it is back, and people hear of it once", async () => {
  const delivery = open();
  answer = () => {
    throw new CapstanError("unavailable", "nobody answers");
  };
  delivery.add([about("shop")]);
  await clock.advance(3_600_000);
  expect(news).toEqual(["unavailable, again"]);
  answer = () => undefined;
  delivery.add([about("blog")]);
  await clock.advance(3_600_000);
  expect(titles()).toEqual([["shop is failing"], ["blog is failing"]]);
  expect(news).toEqual(["unavailable, again", "works"]);
});

test("every try of a message has the same id", async () => {
  const ids: string[] = [];
  const parsed = parseTarget("ntfy+https://ntfy.sh/topic");
  if (!parsed.ok) throw new Error(parsed.problem);
  let made = 0;
  const delivery = createDelivery({
    target: parsed.target,
    instance: "default",
    send: async (_, { id }) => {
      ids.push(id);
      if (ids.length < 3) throw new CapstanError("unavailable", "nobody answers");
    },
    clock,
    random: () => 0,
    newId: () => `m${(made += 1)}`,
    groupMs: 1_000,
    failing: () => undefined,
  });
  delivery.add([about("shop")]);
  await clock.advance(60_000);
  expect(ids).toEqual(["m1", "m1", "m1"]);
});

test("a pause that the host asks for is kept", async () => {
  const delivery = open();
  answer = () => {
    throw new CapstanError("rate-limited", "too many", { retryAfterMs: 600_000 });
  };
  delivery.add([about("shop")]);
  await clock.advance(30_000);
  answer = () => undefined;
  await clock.advance(599_000);
  expect(sent).toEqual([]);
  await clock.advance(2_000);
  expect(sent).toHaveLength(1);
});

test.each(["invalid", "not-found", "unauthorised"] as const)(
  "a message that is refused as %s is given up, and the next one is sent",
  async (code) => {
    const delivery = open();
    answer = () => {
      throw new CapstanError(code, "no");
    };
    delivery.add([about("shop")]);
    await clock.advance(30_000);
    expect(news).toEqual([code]);
    answer = () => undefined;
    delivery.add([about("blog")]);
    await clock.advance(60_000);
    expect(titles()).toEqual([["blog is failing"]]);
  },
);

test("a flood is bounded, and the message says how much is missing", async () => {
  const delivery = open();
  delivery.add(Array.from({ length: 2_000 }, (_, index) => about(`stack-${index}`)));
  await clock.advance(30_000);
  expect(sent[0]?.notices).toHaveLength(50);
  expect(sent[0]?.dropped).toBe(1_500);
  await clock.advance(3_600_000);
  expect(sent.flatMap(({ notices }) => notices)).toHaveLength(500);
});

test("what ended in quiet hours is not told as if it lasted, also to who wants failures alone", async () => {
  const night = open("#kinds=failure&quiet=11:00-13:00");
  night.add([about("shop"), about("blog"), about("wiki")]);
  night.add([about("shop", { kind: "recovery", title: "shop is well again" })]);
  night.forget({ type: "stack", stack: "wiki" });
  await clock.advance(2 * 3_600_000);
  expect(titles()).toEqual([["blog is failing"]]);
});

test("a stop sends what waits, but not in quiet hours and not to a host that failed", async () => {
  const usual = open();
  usual.add([about("shop")]);
  await usual.stop();
  await usual.stop();
  expect(titles()).toEqual([["shop is failing"]]);

  const quiet = open("#quiet=11:00-13:00");
  quiet.add([about("shop")]);
  await quiet.stop();
  expect(sent).toHaveLength(1);
  expect(quiet.undelivered()).toMatchObject([{ title: "shop is failing" }]);

  const down = open();
  answer = () => {
    throw new CapstanError("unavailable", "nobody answers");
  };
  down.add([about("shop")]);
  await clock.advance(30_000);
  await down.stop();
  expect(sent).toHaveLength(1);
  expect(down.undelivered()).toHaveLength(1);
  expect(clock.pending()).toBe(0);
});
