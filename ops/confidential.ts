import { credentialIn, hideCredentials } from '../lib/credentials';
import type { FieldChange, ObjectChange } from './diff/changes';

/** What a validation says of a variable in the place of its value. */
const VERDICT = String.raw`(?:[Rr]equired|[Mm]ust|[Mm]issing|[Ii]nvalid|[Ee]xpected|String must|is|not|undefined)\b`;
/** A value behind "=", "=>" or ":" that is not hidden yet: quoted, quoted inside of a quoted text, or up to the next space. */
const VALUE = String.raw`(?!\[hidden\]|${VERDICT})(?:\\+"[^"]*"|"(?:\\.|[^"\\])*"|'[^']*'|["']?[^\s"']+)`;
const named = (name: string, flags: string) =>
  new RegExp(String.raw`(${name}\\*["']?[ \t]*(?:=>|[=:])[ \t]*)${VALUE}`, flags);

/** Logs and events are written by programs that may not know what they must not say. */
const CREDENTIALS: readonly (readonly [RegExp, string])[] = [
  [/(\w:\/\/)(?:[^\s/:@"']*:[^\s"']*|[^\s/"']+)@/g, '$1[hidden]@'],
  [/\b(bearer|basic) (?=[\w+/=.~-]*\d|[\w+/=.~-]{16})[\w+/=.~-]{8,}/gi, '$1 [hidden]'],
  // A key may have begun before the lines that are shown, or end behind them.
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, '[hidden]'],
  [/(^[ \t]*[\w+/=]+[ \t]*\n)*[ \t]*-----END [A-Z ]*PRIVATE KEY-----/gm, '[hidden]'],
  [
    /\b((?:set-)?cookie|authorization)(["']?[ \t]*[=:][ \t]*)(?![ \t]*(?:bearer|basic) )[^\n]+/gi,
    '$1$2[hidden]',
  ],
  // As an environment variable is written, and as a field or a header is.
  [
    named(
      String.raw`\b(?:(?:[A-Z0-9]+_)+KEYS?|[A-Z0-9_]*(?:SECRET|TOKEN|PASSWORD|PASSWD|CREDENTIAL|DATABASE_URL|DSN))S?(?:_[A-Z0-9_]+)?`,
      'g',
    ),
    '$1[hidden]',
  ],
  [
    named(
      '(?<!unexpected )(?:password|passwd|passphrase|pwd|secret|token|credentials?|(?:api|service|secret|access|private|role|encryption)[_-]?key)',
      'gi',
    ),
    '$1[hidden]',
  ],
];

/** A text without passwords, keys and tokens, wherever its words come from. */
export function withoutCredentials(text: string): string {
  const hidden = CREDENTIALS.reduce(
    (rest, [pattern, instead]) => rest.replace(pattern, instead),
    text,
  );
  const words = hidden.replace(/[^\s"'=,;()]+/g, (word) =>
    credentialIn(word) === undefined ? word : '[hidden]',
  );
  // What is of several words, such as an authorization header.
  return hideCredentials(words);
}

const KEYS = 'data|stringData|binaryData|env|args|command|annotations|httpHeaders';
/** Fields whose values may be secret, whoever wrote them there. A reference to a Secret is none. */
const CONFIDENTIAL = new RegExp(String.raw`(^|\.)(${KEYS})(\.|$)(?!.*\.valueFrom(\.|$))`);
const HOLDS_CONFIDENTIAL = new RegExp(`"(${KEYS})":`);
/** The path of a probe, with what a hand may have written behind it so that the API answers. */
const QUERY = /"[^"\s]*\?[^"\s]+=/;

/** A change of a live object: what a hand may have written into it is named and not shown. */
export function withoutLiveValues(change: ObjectChange): ObjectChange {
  return withoutValues(change, ({ path, from, to }) => {
    const text = JSON.stringify([from, to]);
    return CONFIDENTIAL.test(path) || HOLDS_CONFIDENTIAL.test(text) || QUERY.test(text);
  });
}

/** A change between two commits: what git holds is shown, but for a Secret and for what should never have come there. */
export function withoutSecrets(change: ObjectChange): ObjectChange {
  return withoutValues(change, ({ path }) => change.kind === 'Secret' && CONFIDENTIAL.test(path));
}

function withoutValues(
  change: ObjectChange,
  hidden: (field: FieldChange) => boolean,
): ObjectChange {
  const holds = ({ path, from, to }: FieldChange) =>
    [from, to].some((value) =>
      holdsCredential(
        path
          .replace(/\.value$/, '')
          .split('.')
          .at(-1)!,
        value,
      ),
    );
  return {
    ...change,
    fields: change.fields.map((field) =>
      hidden(field) || holds(field) ? { path: field.path } : field,
    ),
  };
}

/** The name of a variable tells what its value is; that of a field may be about a reference, such as `secretKey`. */
function holdsCredential(name: string, value: unknown): boolean {
  if (typeof value === 'string') {
    const text = /^[A-Z0-9_]+$/.test(name) ? `${name}=${value}` : value;
    return withoutCredentials(text) !== text;
  }
  if (typeof value !== 'object' || value === null) return false;
  const own = 'name' in value ? String(value.name) : name;
  return Object.entries(value).some(([key, entry]) =>
    holdsCredential(key === 'value' ? own : key, entry),
  );
}
