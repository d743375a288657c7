import { fault } from './checks';
import { credentialFault } from './credentials';

/** The bound of the API server on what a ConfigMap holds, in bytes. */
const MAX_CONFIG_MAP = 2 ** 20;

/** The bound of Linux on one variable with its name, in bytes (MAX_ARG_STRLEN): a process with a longer one cannot start. */
const MAX_VARIABLE = 2 ** 17;

const ENVIRONMENT_VARIABLE = /^[A-Z_][A-Z0-9_]*$/;

/**
 * Configuration that may stand in git: environment-variable names, text values, and no credential.
 *
 * @param notCredentials variables that look like a credential, and of which somebody says that they are none
 */
export function checkConfig(
  path: string,
  config: { readonly [key: string]: unknown },
  notCredentials: readonly string[] = [],
): string[] {
  const bytes = Buffer.byteLength(
    Object.entries(config ?? {})
      .flat()
      .join(''),
  );
  const large =
    bytes > MAX_CONFIG_MAP
      ? [
          fault(
            path,
            'is too large for a ConfigMap',
            `${bytes} bytes`,
            `at most ${MAX_CONFIG_MAP}`,
            'put large files into the image or a volume',
          ),
        ]
      : [];
  const faults = Object.entries(config ?? {}).flatMap(([key, value]) => {
    const at = `${path}.${key}`;
    const faults: string[] = [];
    if (!ENVIRONMENT_VARIABLE.test(key)) {
      faults.push(
        fault(
          at,
          'is not an environment variable',
          key,
          'upper-case letters, digits and "_"',
          'rename it',
        ),
      );
    }
    const problem = notCredentials.includes(key) ? undefined : credentialFault(key, String(value));
    if (typeof value !== 'string' && problem === undefined) {
      faults.push(fault(at, 'is not a text', value, 'a string', 'quote it'));
    }
    // The value itself must not reach a log.
    if (problem !== undefined) {
      const store = 'keep it in the secret store and refer to its key';
      const remedy = problem.startsWith('is named')
        ? `${store}, or name it in notCredentials if it is none`
        : store;
      faults.push(`${at} ${problem}, expected no credential in configuration; ${remedy}`);
    }
    return [...faults, ...variableFaults(at, key, String(value))];
  });
  return [...faults, ...large];
}

/** What no process can have as a variable. */
function variableFaults(at: string, key: string, value: string): string[] {
  const bytes = Buffer.byteLength(`${key}=${value}`);
  return [
    ...(bytes >= MAX_VARIABLE
      ? [
          fault(
            at,
            'is too long for a variable',
            `${bytes} bytes`,
            `less than ${MAX_VARIABLE}`,
            'put it into a file of the image or a volume',
          ),
        ]
      : []),
    ...(value.includes('\0') || /\p{Surrogate}/u.test(value)
      ? [
          `${at} has a character that no variable can hold, expected text without NUL and without half of a pair of UTF-16; remove it`,
        ]
      : []),
  ];
}
