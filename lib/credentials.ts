/*
 * What credentials look like: the one list for the library, the check, the policy and what is hidden in
 * output. Forms are those that the vendors document. A certificate is none: it is public.
 */

/** A form of credentials that shows, whatever its name is. */
export interface CredentialForm {
  /** What it is, for messages that must not show it. */
  readonly what: string;
  readonly pattern: RegExp;
}

/** Stands for another variable, such as `$(PASSWORD)` or `${PASSWORD}`. */
const REFERENCE = String.raw`\$[({]\w+(?::?-[^)}]*)?[)}]`;

const key = (vendor: string, pattern: RegExp): CredentialForm => ({
  what: `a key of ${vendor}`,
  pattern,
});

export const CREDENTIAL_FORMS: readonly CredentialForm[] = [
  {
    what: 'a URL with a password',
    // A number and a path behind the colon are a port. What is hidden already is none.
    pattern: new RegExp(
      String.raw`:\/\/[^/\s:@"'<>]*:(?!\d{1,5}[/?#,;])(?!${REFERENCE}@)[^\s"']+@`,
    ),
  },
  {
    // As drivers of Go write it.
    what: 'a password before an address',
    pattern: new RegExp(
      String.raw`(?<![\w/:])[\w.-]+:(?!${REFERENCE}@)[^\s:@/"'()]+@(?:tcp|udp|unix)\(`,
    ),
  },
  {
    what: 'a password in words',
    pattern: new RegExp(
      String.raw`(?<![\w-])(?:password|passwd|pwd|accountkey|sharedaccesskey|secretaccesskey)\s*=\s*(?!\[hidden\]|${REFERENCE})[^\s;,"'&]+`,
      'i',
    ),
  },
  { what: 'a JSON web token', pattern: /\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)*/ },
  { what: 'a private key', pattern: /-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----/ },
  {
    what: 'an authorization header',
    pattern: /\b(?:bearer|basic) (?=[\w+/=.~-]*\d)[\w+/=.~-]{16,}/i,
  },
  key('Stripe', /\b(?:[spr]k_(?:live|test)_|whsec_)\w{8,}/),
  key('Supabase', /\bsb(?:p|_secret)_\w{8,}/),
  key('GitHub', /\b(?:gh[oprsu]|github_pat)_\w{16,}/),
  key('GitLab', /\bgl(?:pat|dt|rt|cbt|ptt)-[\w-]{16,}/),
  key('Slack', /\b(?:xox[abceoprs]|xapp)-[\w-]{8,}|\bhooks\.slack\.com\/services\/\w+\/\w+\/\w+/),
  key('AWS', /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/),
  key('Google', /\bAIza[\w-]{35}(?![\w-])|\bGOCSPX-[\w-]{20,}|\bya29\.[\w-]{20,}/),
  key('Anthropic', /\bsk-ant-[\w-]{16,}/),
  key('OpenAI', /\bsk-(?!ant-)(?=[\w-]*\d)(?:proj-|svcacct-|admin-)?[\w-]{20,}/),
  key('SendGrid', /\bSG\.[\w-]{16,}\.[\w-]{16,}/),
  key('Twilio', /\bSK[0-9a-f]{32}\b/),
  key('Mailgun', /\bkey-[0-9a-f]{32}\b/),
  key('npm', /\bnpm_[A-Za-z0-9]{36}\b/),
  key('Hugging Face', /\bhf_[A-Za-z0-9]{30,}\b/),
  key('DigitalOcean', /\bdo[opr]_v1_[0-9a-f]{40,}\b/),
  key('Vault', /\bhv[sbr]\.[\w-]{20,}/),
  key('age', /\bAGE-SECRET-KEY-1[0-9A-Z]{20,}/),
  key('Telegram', /\b\d{8,10}:AA[\w-]{33}(?![\w-])/),
];

/** Long runs of base64: a key, or the data of a Secret. A digest is as long and has hex digits alone. */
const LONG_BASE64 = /(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/]{40,}={0,2}(?![A-Za-z0-9+/_-])/g;

function isMixed(run: string): boolean {
  return /[a-z]/.test(run) && /[A-Z]/.test(run) && /\d/.test(run);
}

/** Runs of letters that may stand for a text: hex digits, or base64 of both alphabets. */
const ENCODED = /[\w+/-]{16,}={0,2}/g;

/** The form that shows once a run is read as base64 or as hex digits. */
function encodedForm(run: string): CredentialForm | undefined {
  return (['base64', 'hex'] as const)
    .map((encoding) => Buffer.from(run, encoding).toString('latin1'))
    .filter((text) => text.length >= 8 && /^[\t\n\r -~]+$/.test(text))
    .flatMap((text) => CREDENTIAL_FORMS.filter(({ pattern }) => pattern.test(text)))[0];
}

/** What kinds of credentials a text is or contains, as far as that shows; never the value itself. */
export function credentialsIn(text: string): string[] {
  const encoded = (text.match(ENCODED) ?? []).flatMap((run) => encodedForm(run) ?? []);
  return [
    ...CREDENTIAL_FORMS.filter(({ pattern }) => pattern.test(text)).map(({ what }) => what),
    ...[...new Set(encoded.map(({ what }) => `${what}, encoded`))],
    ...((text.match(LONG_BASE64) ?? []).some(isMixed) ? ['a long base64 text'] : []),
  ];
}

/** The first of them. */
export function credentialIn(text: string): string | undefined {
  return credentialsIn(text)[0];
}

/** A text in which `[hidden]` stands for every credential that shows. */
export function hideCredentials(text: string): string {
  const hidden = CREDENTIAL_FORMS.reduce(
    (rest, { pattern }) => rest.replace(new RegExp(pattern, `${pattern.flags}g`), '[hidden]'),
    text,
  );
  return hidden
    .replace(ENCODED, (run) => (encodedForm(run) === undefined ? run : '[hidden]'))
    .replace(LONG_BASE64, (run) => (isMixed(run) ? '[hidden]' : run));
}

/** Words that name a credential, as the end of a word: `PGPASSWORD`, `authtoken`. */
const SECRET_WORD =
  /(?:secret|passw(?:or)?d|passphrase|pwd|token|credential|jwt|(?:api|access|private|service|secret|signing|encryption|admin)key)s?$/;

/** Words before `key` that make it public or a name. */
const PLAIN_KEYS =
  /^(?:public|publishable|primary|foreign|partition|sort|shard|routing|cache|lookup|index|group|object|idempotency|order|hot|row)$/;

/** Words behind the name of a credential that say something about it. */
const ABOUT =
  /^(?:ttl|min|max|length|len|size|count|limit|expiry|expires|expiration|exp|age|lifetime|timeout|interval|leeway|skew|rotation|seconds|secs|minutes|hours|days|ms|in|after|url|uri|endpoint|host|port|path|dir|file|name|header|prefix|suffix|cookie|field|param|parameter|issuer|audience|aud|iss|algorithm|algorithms|alg|type|kind|format|encoding|scheme|policy|pattern|regex|strength|rounds|cost|iterations|version|enabled|disabled|required|provider|store|source|mode|grace|window|refresh|reset|bits|location|region|attempts|retries|history)$/;

/** Words before the name of a credential that make it a question or an amount. */
const AMOUNT =
  /^(?:max|min|num|number|count|total|require|requires|required|enable|enables|enabled|disable|disabled|allow|allows|use|uses|has|is|show|hide|check|validate|verify|rotate)$/;

const NUMBER = /^\d+(?:\.\d+)?(?:ms|s|m|h|d|w|y)?$/;
const SWITCH = /^(?:|true|false|on|off|yes|no|none|null|disabled|enabled)$/i;
const MOUNT = /^(?:\/[a-z0-9][a-z0-9._-]*){2,}$/;

function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

/** Where the name of a credential stands among the words of a name. */
function secretWordAt(words: readonly string[]): number {
  return words
    .map(
      (word, index) =>
        SECRET_WORD.test(word) ||
        (/^keys?$/.test(word) && !PLAIN_KEYS.test(words[index - 1] ?? '')),
    )
    .lastIndexOf(true);
}

/** Names of what says where something is, often with a password. */
function isLocator(words: readonly string[]): boolean {
  const name = words.join('_');
  return /(?:^|_)(?:database_url|dsn|connection_string)$/.test(name);
}

/**
 * True for names whose values should be secret: `JWT_SECRET`, `admin-api-key`, `POSTGRES_PASSWORD`. Not
 * for what says something about one: `ACCESS_TOKEN_TTL`, `PASSWORD_MIN_LENGTH`.
 */
export function isCredentialName(name: string): boolean {
  const words = wordsOf(name);
  const at = secretWordAt(words);
  if (at < 0) return isLocator(words);
  if (words.includes('public') || words.includes('publishable')) return false;
  const behind = words.slice(at + 1);
  // The name of a key is no key, that of a secret is: half of a login to Vault.
  const about = (word: string) =>
    ABOUT.test(word) || (word === 'id' && /key|token/.test(words[at]!));
  return behind.length === 0 || !behind.every(about);
}

/**
 * Whether a setting seems to be a credential, by its name and its value together.
 *
 * @returns what is wrong with it, e.g. `holds a key of GitHub`, never with the value; `undefined` for a good one
 */
export function credentialFault(name: string, value: string): string | undefined {
  const form = credentialIn(value);
  if (form !== undefined) return `holds ${form}`;
  const words = wordsOf(name);
  const at = secretWordAt(words);
  const problem = 'is named like a credential';
  if (SWITCH.test(value) || MOUNT.test(value) || new RegExp(`^${REFERENCE}$`).test(value))
    return undefined;
  if (!isCredentialName(name)) return at >= 0 && isRandom(value) ? problem : undefined;
  if (at < 0) return /:\/\/|=/.test(value) ? undefined : problem;
  // Tokens and keys can be counted; a password of digits is one all the same.
  const counted =
    /s$/.test(words[at]!) ||
    words.slice(0, at).some((word) => AMOUNT.test(word)) ||
    (at < words.length - 1 && !/passw|phrase|pwd|secret/.test(words[at]!));
  return counted && NUMBER.test(value) ? undefined : problem;
}

/** A text that no person would write: long, in one piece, of letters and digits in turn. */
function isRandom(value: string): boolean {
  return (
    (value.length >= 20 && /^[\w+/=-]+$/.test(value) && isMixed(value)) ||
    /^(?=.*[a-f])(?=.*\d)[0-9a-f]{32,}$/i.test(value)
  );
}
