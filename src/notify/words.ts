// Notices and messages in words for people; each way to send them marks them up as its host wants.
import type { News } from "./judge.ts";
import type { Message, Notice, NoticeKind } from "./notice.ts";

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

export function titleOf({ kind, subject }: Pick<News, "kind" | "subject">): string {
  const isGood = kind === "recovery";
  switch (subject.type) {
    case "stack":
      if (kind === "approval") return `${subject.stack} waits for somebody`;
      return isGood ? `${subject.stack} is well again` : `${subject.stack} is failing`;
    case "drift":
      return `${subject.stack} was changed on the server`;
    case "git":
      return isGood ? "Git can be read again" : "Git cannot be read";
    case "dokploy":
      return isGood ? "Dokploy answers again" : "Dokploy cannot be reached";
    case "file":
      return isGood ? `${subject.file} is read again` : `${subject.file} has a mistake`;
    case "certificate":
      return isGood
        ? `The certificate of ${subject.host} was renewed`
        : `The certificate of ${subject.host} expires soon`;
  }
}

export const marks: Readonly<Record<NoticeKind, string>> = {
  failure: "❌",
  recovery: "✅",
  drift: "↩️",
  approval: "✋",
  certificate: "⏳",
};

/** The worst first. */
const order: readonly NoticeKind[] = ["failure", "approval", "certificate", "drift", "recovery"];

const summaries: Readonly<Record<NoticeKind, (count: number) => string>> = {
  failure: (count) => counted(count, "failure", "failures"),
  approval: (count) => `${count} waiting for somebody`,
  certificate: (count) => counted(count, "certificate expiring", "certificates expiring"),
  drift: (count) => counted(count, "drift corrected", "drifts corrected"),
  recovery: (count) => counted(count, "recovery", "recoveries"),
};

export function worstOf(notices: readonly Notice[]): NoticeKind {
  return order.find((kind) => notices.some((notice) => notice.kind === kind)) ?? "recovery";
}

/** `shop is failing`, or of several `2 failures, 1 recovery`. */
export function headline({ notices, isTest, dropped }: Message): string {
  if (isTest) return "Test message";
  const [only] = notices;
  if (only !== undefined && notices.length === 1 && dropped === 0) return only.title;
  const parts = order.flatMap((kind) => {
    const count = notices.filter((notice) => notice.kind === kind).length;
    return count === 0 ? [] : [summaries[kind](count)];
  });
  return [...parts, ...(dropped > 0 ? [`${dropped} more`] : [])].join(", ");
}

/** Who speaks: `Capstan`, with its instance where it has a name of its own. */
export function sender({ instance }: Pick<Message, "instance">): string {
  return instance === "default" ? "Capstan" : `Capstan (${instance})`;
}

/** How a host wants parts of a line. */
export interface Markup {
  readonly text: (plain: string) => string;
  readonly bold: (plain: string) => string;
  readonly link: (plain: string, url: string) => string;
}

export const plainMarkup: Markup = {
  text: (plain) => plain,
  bold: (plain) => plain,
  link: (plain, url) => `${plain}: ${url}`,
};

const longestText = 600;

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** One notice: its title, why, and where to look. */
function noticeLines(notice: Notice, { text, bold, link }: Markup): readonly string[] {
  const why = cut(notice.text.replaceAll(/\s+/g, " ").trim(), longestText);
  return [
    `${marks[notice.kind]} ${bold(notice.title)}`,
    ...(why === "" ? [] : [text(why)]),
    ...(notice.url === null ? [] : [link("More", notice.url)]),
  ];
}

/** All notices that fit into so many characters, and how many did not. */
export function bodyOf(
  message: Message,
  markup: Markup,
  limits: { readonly mostChars: number; readonly between: string },
): string {
  const { mostChars, between } = limits;
  // Room for the line that says how many more there are.
  let room = mostChars - 40;
  const shown: string[] = [];
  for (const notice of message.notices) {
    const lines = noticeLines(notice, markup).join("\n");
    if (lines.length > room) break;
    room -= lines.length + between.length;
    shown.push(lines);
  }
  const more = message.notices.length - shown.length + message.dropped;
  return [...shown, ...(more > 0 ? [markup.text(`… and ${more} more`)] : [])].join(between);
}
