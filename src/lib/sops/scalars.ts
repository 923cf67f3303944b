// The text of a value in clear as SOPS counts it into its MAC: it reads YAML and JSON as Go does, and writes numbers,
// truths and times out again in one way each.

const int = /^[-+]?(?:0b[01_]+|0x[0-9a-f_]+|0o?[0-7_]+|[1-9][0-9_]*|0)$/i;
const float = /^[-+]?(?:\.[0-9_]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:e[-+]?[0-9]+)?$/i;
const date = /^\d{4}-\d{2}-\d{2}$/;
const time = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

const largestInt = 2n ** 63n;

/** Go's `FormatFloat(value, 'f', -1, 64)`: the shortest digits, never an exponent. */
export function goFloat(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  if (Object.is(value, -0)) return "-0";
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? [];
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  if (point >= digits.length) return sign + digits + "0".repeat(point - digits.length);
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** Null where it is no whole number of 64 bits. */
function goInt(text: string): string | null {
  const plain = text.replaceAll("_", "");
  const [, sign = "", rest = ""] = /^([-+]?)(.*)$/.exec(plain) ?? [];
  const octal = /^0o?([0-7]+)$/i.exec(rest);
  const size = BigInt(octal === null ? rest : `0o${octal[1] ?? ""}`);
  const value = sign === "-" ? -size : size;
  return value < largestInt && value >= -largestInt ? value.toString() : null;
}

/** What stands in YAML without quotes; null for what is no value (`null`, `~`, nothing). */
export function goYamlText(text: string): string | null {
  if (/^(?:|~|null|Null|NULL)$/.test(text)) return null;
  if (/^(?:true|True|TRUE)$/.test(text)) return "True";
  if (/^(?:false|False|FALSE)$/.test(text)) return "False";
  if (int.test(text)) {
    const value = goInt(text);
    if (value !== null) return value;
  }
  if (float.test(text)) return goFloat(Number(text.replaceAll("_", "")));
  if (/^[-+]?\.(?:inf|Inf|INF)$/.test(text)) return text.startsWith("-") ? "-Inf" : "+Inf";
  if (/^\.(?:nan|NaN|NAN)$/.test(text)) return "NaN";
  if (date.test(text)) return `${text}T00:00:00Z`;
  if (time.test(text))
    return text.replace(/(\.\d*?)0+(?=Z|[+-])/, "$1").replace(/\.(?=Z|[+-])/, "");
  return text;
}

/** What stands in JSON without quotes; null for `null`. */
export function goJsonText(text: string): string | null {
  if (text === "null") return null;
  if (text === "true") return "True";
  if (text === "false") return "False";
  if (/^-?\d+$/.test(text)) {
    const value = BigInt(text);
    if (value < largestInt && value >= -largestInt) return value.toString();
  }
  return goFloat(Number(text));
}
