// Which secrets there are, where they stand and who uses them: names only.

/** A stack, and the fields of it that hold the secret: `app/web env.DATABASE_URL`. Empty where it could not be loaded. */
export interface SecretUser {
  readonly stack: string;
  readonly fields: readonly string[];
}

/**
 * `used` and `unused`: it stands in this source. `missing`: it is asked for and stands nowhere. `refused`: it stands
 * where it cannot be taken from, or in more than one place. `unreadable`: whether it is there cannot be told now.
 */
export type SecretState = "used" | "unused" | "missing" | "refused" | "unreadable";

export interface SecretLine {
  readonly name: string;
  readonly state: SecretState;
  /** For people; null where it stands nowhere. */
  readonly source: string | null;
  readonly users: readonly SecretUser[];
  /** Why it is refused; null otherwise. */
  readonly problem: string | null;
}

export interface SecretReport {
  /** Sorted by name and source. */
  readonly secrets: readonly SecretLine[];
  /** Sources that cannot be read now, one line each. */
  readonly outages: readonly string[];
}
