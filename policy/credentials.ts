/** What credentials look like, wherever they stand. */
const PATTERNS: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  { what: 'a URL with a password', pattern: /:\/\/[^/\s:@"']*:[^/\s@"']+@/ },
  { what: 'a JSON web token', pattern: /\beyJ[A-Za-z0-9_-]{8,}/ },
  { what: 'a private key', pattern: /-----BEGIN [A-Z ]*(PRIVATE KEY|CERTIFICATE)-----/ },
  { what: 'a key of Stripe', pattern: /\b(sk|pk|rk)_(live|test)_\w{8,}/ },
  { what: 'a key of Supabase', pattern: /\bsb(p|_secret)_\w{8,}/ },
  { what: 'a key of GitHub', pattern: /\b(gh[opsu]|github_pat)_\w{16,}/ },
  { what: 'a key of Slack', pattern: /\bxox[abprs]-[\w-]{8,}/ },
  { what: 'a key of AWS', pattern: /\bAKIA[0-9A-Z]{16}\b/ },
];

/** Long runs of base64: a key or a Secret's `data`. A digest is as long and has hex digits alone. */
const LONG_BASE64 = /(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/]{40,}={0,2}(?![A-Za-z0-9+/_-])/g;

const SECRET_NAME =
  /(^|[^a-z0-9])(secret|passw(or)?d|passphrase|pwd|token|jwt|credential|(api|service|access|private|admin)?key)s?($|[^a-z0-9])/i;

/** What a text seems to give away; never the value itself. */
export function credentialFaults(text: string): string[] {
  const encoded = (text.match(LONG_BASE64) ?? []).some(
    (run) => /[a-z]/.test(run) && /[A-Z]/.test(run) && /\d/.test(run),
  );
  return [
    ...PATTERNS.filter(({ pattern }) => pattern.test(text)).map(({ what }) => what),
    ...(encoded ? ['a long base64 text'] : []),
  ];
}

/** True for names whose values should be secret: `JWT_SECRET`, `admin-api-key`, `POSTGRES_PASSWORD`. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}
