/**
 * The texts of failed queries. Dokploy's answers leak the statement and its parameters, secrets
 * included, so clients have to be tested against them.
 */

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}

function shown(values: readonly unknown[]): string {
  return values
    .map((value) => {
      if (value === null) return "";
      return typeof value === "string" ? value : JSON.stringify(value);
    })
    .join(",");
}

/** `given` holds what is inserted; every other column takes its default. */
export function failedInsert(
  table: string,
  columns: readonly string[],
  given: Readonly<Record<string, unknown>>,
): string {
  const values: unknown[] = [];
  const slots = columns.map((column) => {
    if (!(column in given)) return "default";
    values.push(given[column]);
    return `$${values.length}`;
  });
  return (
    `Failed query: insert into "${table}" (${quoted(columns)}) values (${slots.join(", ")}) ` +
    `returning ${quoted(columns)}\nparams: ${shown(values)}`
  );
}

export function failedUpdate(
  table: string,
  columns: readonly string[],
  set: Readonly<Record<string, unknown>>,
  key: { column: string; value: string },
): string {
  const names = Object.keys(set);
  const assignments = names.map((name, i) => `"${name}" = $${i + 1}`).join(", ");
  return (
    `Failed query: update "${table}" set ${assignments} ` +
    `where "${table}"."${key.column}" = $${names.length + 1} ` +
    `returning ${quoted(columns)}\nparams: ${shown([...Object.values(set), key.value])}`
  );
}

/** PostgreSQL refuses a NUL in any text. */
export function hasNul(values: Readonly<Record<string, unknown>>): boolean {
  return Object.values(values).some((value) => typeof value === "string" && value.includes("\0"));
}
