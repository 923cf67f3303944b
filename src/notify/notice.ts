// What people are told, as data: one notice a thing that happened, several of them in one message.

export const noticeKinds = ["failure", "recovery", "drift", "approval", "certificate"] as const;
export type NoticeKind = (typeof noticeKinds)[number];

/** What a notice is about. A later one about the same replaces an earlier one that was not sent yet. */
export type Subject =
  | { readonly type: "stack"; readonly stack: string }
  | { readonly type: "drift"; readonly stack: string }
  | { readonly type: "git" }
  | { readonly type: "dokploy" }
  /** A manifest with a mistake that belongs to no stack. */
  | { readonly type: "file"; readonly file: string }
  | { readonly type: "certificate"; readonly host: string; readonly stack: string };

export interface Notice {
  readonly kind: NoticeKind;
  readonly subject: Subject;
  /** Null where it is about no one stack. */
  readonly stack: string | null;
  readonly labels: Readonly<Record<string, string>>;
  /** `shop is failing` */
  readonly title: string;
  /** Why, in words for people, without secrets; may be empty. */
  readonly text: string;
  /** The page that says more; null where people cannot reach one. */
  readonly url: string | null;
  readonly atMs: number;
}

export interface Message {
  /** The same for each try of one message. */
  readonly id: string;
  readonly instance: string;
  /** The oldest first. */
  readonly notices: readonly Notice[];
  /** How many more there were than fit. */
  readonly dropped: number;
  /** Sent by `capstan notify --test`. */
  readonly isTest: boolean;
  readonly atMs: number;
}

export function subjectKey(subject: Subject): string {
  switch (subject.type) {
    case "stack":
    case "drift":
      return `${subject.type} ${subject.stack}`;
    case "git":
    case "dokploy":
      return subject.type;
    case "file":
      return `file ${subject.file}`;
    case "certificate":
      return `certificate ${subject.host}`;
  }
}

export function stackOf(subject: Subject): string | null {
  return "stack" in subject ? subject.stack : null;
}
