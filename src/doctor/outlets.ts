// Where Capstan sends what it has to say: log lines, traces, notifications.
import { toCapstanError } from "../lib/errors.ts";
import { fail, pass, skip } from "./check.ts";
import type { Check, Finding } from "./check.ts";

export interface Outlet {
  /** For people: an address without keys, or a title. */
  readonly title: string;
  /** Throws when nothing would be taken there, with what to do. Writes nothing. */
  readonly ask: () => Promise<void>;
}

/** `loki`: null without LOKI_URL. */
export function logsCheck(loki: Outlet | null): Check {
  const look = async (): Promise<Finding> => {
    if (loki === null) return skip("LOKI_URL is not set: the log goes to standard error only");
    await loki.ask();
    return pass(`${loki.title} takes log lines`);
  };
  return { id: "loki", title: "Loki", look };
}

/** `collector`: null without OTEL_EXPORTER_OTLP_ENDPOINT. */
export function tracesCheck(collector: Outlet | null): Check {
  const look = async (): Promise<Finding> => {
    if (collector === null) return skip("OTEL_EXPORTER_OTLP_ENDPOINT is not set: no traces");
    await collector.ask();
    return pass(`${collector.title} takes traces`);
  };
  return { id: "traces", title: "Traces", look };
}

/** Only whether their hosts answer: that a message arrives is proven by sending one. */
export function notificationsCheck(targets: readonly Outlet[]): Check {
  const look = async (): Promise<Finding> => {
    if (targets.length === 0) return skip("NOTIFY_URLS is not set: nobody hears of failures");
    const found = await Promise.all(
      targets.map(async ({ title, ask }) => {
        try {
          await ask();
          return null;
        } catch (error) {
          const { message, hint } = toCapstanError(error);
          return { text: `${title}: ${message}`, hint: hint ?? null };
        }
      }),
    );
    const failures = found.filter((one) => one !== null);
    const [first] = failures;
    if (first !== undefined) {
      const next = first.hint ?? "check its address in NOTIFY_URLS, and whether that host is up";
      return fail(failures.map(({ text }) => text).join("; "), next);
    }
    const titles = targets.map(({ title }) => title).join(", ");
    return pass(`${titles}; \`capstan notify --test\` sends a message to each`);
  };
  return { id: "notifications", title: "Notifications", look };
}
