import type { ManifestFile } from '../rendering/files';
import type { Rendering } from '../rendering/rendering';
import { applicationOf } from './applications';
import { type Finding, finding } from './rule';

/** A comment with which Argo CD leaves a file out. */
const SKIP = '+argocd:skip-file-rendering';

interface Directory {
  readonly recurse?: boolean;
  readonly include?: string;
  readonly exclude?: string;
}

/** Files of an environment that its Application does not read, and whose objects it would delete therefore. */
export function unappliedFiles(
  environment: string,
  files: readonly ManifestFile[],
  argocd: Rendering | undefined,
): Finding[] {
  const application = argocd && applicationOf(argocd, environment);
  const directory = application && ((application.spec?.source?.directory ?? {}) as Directory);
  return files.flatMap(({ path, at, text }) => {
    const below = path.slice(environment.length + 1);
    const reason = text().includes(SKIP)
      ? `it says ${SKIP}`
      : directory === undefined
        ? undefined
        : notReadBy(directory, below);
    return reason === undefined
      ? []
      : [
          finding(
            at,
            `Argo CD does not read it, ${reason}, and would delete what is in it`,
            'render it again: seda synth',
          ),
        ];
  });
}

function notReadBy({ recurse, include, exclude }: Directory, file: string): string | undefined {
  const name = file.split('/').at(-1)!;
  if (file.includes('/') && recurse !== true) return 'as it lies in a folder of its own';
  if (include !== undefined && !globOf(include).test(name))
    return `whose files are called ${include}`;
  return exclude !== undefined && globOf(exclude).test(name)
    ? `which leaves out ${exclude}`
    : undefined;
}

/** A pattern of file names as Argo CD has it: `*`, `?` and `{a,b}`. */
function globOf(pattern: string): RegExp {
  const text = pattern
    .replace(/[.+^$()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replace(/\?/g, '.')
    .replace(/\{([^}]*)\}/g, (_, names: string) => `(${names.replaceAll(',', '|')})`);
  return new RegExp(`^${text}$`);
}
